package io.sendflowr.deploy.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;

/**
 * One thing that happens in the course of a story.
 *
 * @param after how long after the story began, at the earliest
 * @param happen makes the record, given when it happens
 */
record Step(Duration after, Function<Instant, DemoRecord> happen) {
  static Step at(long seconds, Function<Instant, DemoRecord> happen) {
    return new Step(Duration.ofSeconds(seconds), happen);
  }
}
