package io.sendflowr.catalogue;

/** How the values of an identifier type are brought into one form. */
public enum IdentifierForm {
  /** Trimmed; case kept. */
  PLAIN,
  /** The SHA-256 hex of an email address; a clear-text address is hashed. */
  EMAIL_HASH,
  /** A phone number in E.164. */
  PHONE
}
