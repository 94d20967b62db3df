package io.sendflowr.job;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.InputTopic;
import io.sendflowr.connectors.json.RecordReader;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.connectors.platform.MappedDeliveryJson;
import io.sendflowr.connectors.platform.PlatformMapper;
import io.sendflowr.flow.Inbound;
import io.sendflowr.record.Origin;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Tries a platform's descriptor on deliveries, without a job: what would it make of them? */
public final class WebhookTrial {
  private final PlatformMapper mapper;
  private final RecordReader reader;

  /**
   * What becomes of a delivery.
   *
   * @param json {@code records} that it becomes, as the samples of the tests expect them, and
   *     {@code rejections}: why it, items of it, or records that it would become are dead letters
   * @param isUsed whether nothing of it becomes a dead letter
   */
  public record Outcome(ObjectNode json, boolean isUsed) {}

  /**
   * @param descriptor of the platform
   * @param catalogue identifier types and event types that it may name
   * @throws io.sendflowr.connectors.platform.DescriptorException if it is not usable
   */
  public WebhookTrial(DescriptorFile descriptor, Catalogue catalogue) {
    RecordReaderFactory factory = Defaults.readers(catalogue, List.of(descriptor));
    this.mapper = factory.platformMapper();
    this.reader = factory.create();
  }

  /** The platform that the descriptor is for. */
  public String platform() {
    return mapper.platforms().first();
  }

  /**
   * What becomes of a record of the topic {@code webhooks}. Beside what the descriptor says, this
   * counts what the job finds when it reads the records: identifiers that are none, times that lie
   * ahead of the time of receipt.
   */
  public Outcome of(ObjectNode delivery) {
    ObjectNode json = MappedDeliveryJson.of(mapper.map(delivery));
    ArrayNode rejections = json.putArray("rejections");
    Origin origin =
        new Origin(
            InputTopic.WEBHOOKS.defaultName(),
            0,
            0,
            delivery.toString().getBytes(StandardCharsets.UTF_8),
            Origin.UNKNOWN_TIME);
    reader.read(
        InputTopic.WEBHOOKS,
        origin,
        read -> {
          if (read instanceof Inbound.Unusable unusable) {
            rejections
                .addObject()
                .put("code", unusable.deadLetter().reason().code())
                .put("detail", unusable.deadLetter().detail());
          }
        });
    return new Outcome(json, rejections.isEmpty());
  }
}
