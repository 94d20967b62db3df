package io.sendflowr.catalogue;

/** How much a type of identifier says about who somebody is (SPEC section 3). */
public enum IdentifierClass {
  /** Names one person by itself: an email address, a phone number. */
  DETERMINISTIC,
  /** One account on one platform. */
  PLATFORM,
  /**
   * A device, a cookie, an address on the network: it passes from hand to hand and never joins two
   * people.
   */
  WEAK
}
