package io.sendflowr.deploy.demo;

import java.time.Instant;

/**
 * A record of the demo's stream.
 *
 * @param at when it is produced
 * @param topic where to
 * @param key its key in Kafka; of a send request the request id, of a link the {@code type:value}
 *     that is linked with the address
 * @param value JSON
 * @param who the name of the person it is about, for people to read
 */
public record DemoRecord(Instant at, String topic, String key, String value, String who) {}
