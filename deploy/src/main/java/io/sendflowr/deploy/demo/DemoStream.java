package io.sendflowr.deploy.demo;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * The records of the demo: a function of seed, start and rate alone. It neither reads a clock nor
 * sends anything.
 *
 * <p>Some {@value #CUSTOMERS} customers have a past of clicks, from which follows when they are
 * best written to. From the start on there are the {@link Stories}, one begun every {@value
 * #STORY_SECONDS} s, and the {@link Crowd} around them, which fills the rate up.
 */
public final class DemoStream {
  /** How many people have an account. */
  public static final int CUSTOMERS = 320;

  static final int STORY_SECONDS = 6;

  /**
   * The crowd are customers from this number on, so that nobody does anything to those that a story
   * is about. Stories go on about new people when they have used up theirs.
   */
  private static final int CROWD_FROM = CUSTOMERS / 2;

  private static final Duration BETWEEN_STORIES = Duration.ofSeconds(STORY_SECONDS);
  private static final Duration BETWEEN_REQUESTS = Duration.ofSeconds(5);
  private static final double NANOS = 1e9;

  private final Instant start;
  private final double nanosPerRecord;
  private final Random random;
  private final RecordFactory records;
  private final Stories stories;
  private final Crowd crowd;
  private final PriorityQueue<Due> due =
      new PriorityQueue<>(Comparator.comparing(Due::at).thenComparing(Due::number));
  private final List<DemoRecord> history;
  private long dues;
  private int storiesBegun;
  private Instant nextStory;
  private Instant nextRequest;
  private Instant nextRecord;

  /**
   * Makes a stream.
   *
   * @param seed of all that is random in it
   * @param start when it begins, to the millisecond
   * @param recordsPerSecond on average
   */
  public DemoStream(long seed, Instant start, double recordsPerSecond) {
    this.start = start.truncatedTo(ChronoUnit.MILLIS);
    this.nanosPerRecord = NANOS / recordsPerSecond;
    this.random = new Random(seed);
    this.records = new RecordFactory(random);
    this.stories = new Stories(records);
    this.crowd = new Crowd(random, records, CROWD_FROM, CUSTOMERS);
    this.history = makeHistory();
    this.nextStory = this.start;
    this.nextRequest = this.start.plus(BETWEEN_REQUESTS);
    this.nextRecord = this.start;
  }

  /** What happened before the start, in order of time. */
  public List<DemoRecord> history() {
    return history;
  }

  /**
   * What happens next, in order of time. How often it is asked makes no difference to what it
   * tells.
   *
   * @param now up to when, inclusive; never earlier than in the call before
   */
  public List<DemoRecord> until(Instant now) {
    List<DemoRecord> happened = new ArrayList<>();
    while (!nextRecord.isAfter(now)) {
      Instant at = nextRecord.truncatedTo(ChronoUnit.MILLIS);
      begin(at);
      if (due.isEmpty() || due.peek().at().isAfter(at)) {
        enqueue(at, crowd.next());
      }
      happened.add(due.remove().step().happen().apply(at));
      nextRecord = nextRecord.plus(pause());
    }
    return happened;
  }

  private void begin(Instant at) {
    while (!nextStory.isAfter(at)) {
      int who = storiesBegun < CROWD_FROM ? storiesBegun : storiesBegun + CUSTOMERS - CROWD_FROM;
      enqueue(at, stories.story(storiesBegun, new Customer(who)));
      storiesBegun++;
      nextStory = nextStory.plus(BETWEEN_STORIES);
    }
    while (!nextRequest.isAfter(at)) {
      enqueue(at, List.of(crowd.request()));
      nextRequest = nextRequest.plus(BETWEEN_REQUESTS);
    }
  }

  private void enqueue(Instant at, List<Step> steps) {
    for (Step step : steps) {
      due.add(new Due(at.plus(step.after()), dues, step));
      dues++;
    }
  }

  private Duration pause() {
    return Duration.ofNanos((long) (nanosPerRecord * (0.5 + random.nextDouble())));
  }

  /**
   * Each customer has clicked in their favourite hour, in the last weeks but not in this one: a
   * habit that is known, and that what they do now can outweigh. The hour comes round at least a
   * day after the start, so that a request which waits for it can still change while somebody
   * watches.
   */
  private List<DemoRecord> makeHistory() {
    List<DemoRecord> past = new ArrayList<>();
    for (int number = 0; number < CUSTOMERS; number++) {
      Customer who = new Customer(number);
      past.add(
          records.link(start.minus(Duration.ofDays(30)).plusSeconds(number), who, who.shopify()));
      Instant habit = habit(number);
      for (int weeks = 2; weeks <= 4; weeks++) {
        Instant click =
            habit
                .minus(Duration.ofDays(7L * weeks))
                .plus(Duration.ofSeconds(random.nextInt(1_200)));
        past.add(records.known(click, who, who.postscript(), "sms_clicked"));
      }
    }
    past.sort(Comparator.comparing(DemoRecord::at));
    return List.copyOf(past);
  }

  /** By day, on one of the next days. */
  private Instant habit(int number) {
    int lastHour = Stories.meetsTicket(number) ? 46 : 120;
    ZonedDateTime habit;
    do {
      int minutes = random.nextInt(26 * 60, lastHour * 60);
      habit = start.atZone(ZoneOffset.UTC).plusMinutes(minutes).truncatedTo(ChronoUnit.MINUTES);
    } while (habit.getHour() < 7 || habit.getHour() > 20);
    return habit.toInstant();
  }

  private record Due(Instant at, long number, Step step) {}
}
