package io.sendflowr.connectors.platform;

/** A part of what a platform signs. */
public sealed interface SignedPart {

  /** The bytes of the body as they came, line ends and all. */
  record Body() implements SignedPart {}

  /** The CRC-32 of those bytes, as a decimal number without sign. */
  record BodyCrc32() implements SignedPart {}

  /** The time of signing as the platform wrote it: the value of {@link SignedTime#header}. */
  record Timestamp() implements SignedPart {}

  /** The whole URL that was called, with its query, as the platform knows it. */
  record Url() implements SignedPart {}

  /**
   * The fields of a form, each name with its value right behind it, in the order of the names; of a
   * body that is no form, nothing.
   */
  record SortedForm() implements SignedPart {}

  /** The platform's id of the webhook, which is configured beside the key. */
  record WebhookId() implements SignedPart {}

  /**
   * The value of a header.
   *
   * @param name in lower case
   */
  record HeaderValue(String name) implements SignedPart {}

  /**
   * The same in all deliveries.
   *
   * @param text what
   */
  record Text(String text) implements SignedPart {}
}
