package io.sendflowr.gateway.kafka;

import io.sendflowr.connectors.OutputTopic;

/**
 * Where an answer will be.
 *
 * @param topic the topic
 * @param requestId its key there
 */
public record AnswerKey(OutputTopic topic, String requestId) {}
