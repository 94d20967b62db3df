package io.sendflowr.job;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.platform.DescriptorFile;
import java.util.List;

/** What holds unless configured otherwise. */
public final class Defaults {
  /** Country of phone numbers written without a country code. */
  private static final String PHONE_REGION = "US";

  /** Most identifiers that one person may have (SPEC section 4, rule 5). */
  static final int MAX_PERSON_SIZE = 500;

  private Defaults() {}

  /**
   * How records are read: the platforms that ship with SendFlowr, phones of {@link #PHONE_REGION}.
   */
  public static RecordReaderFactory readers(Catalogue catalogue) {
    return readers(catalogue, DescriptorFile.builtIn());
  }

  /** How records are read: these platforms, phones of {@link #PHONE_REGION}. */
  public static RecordReaderFactory readers(Catalogue catalogue, List<DescriptorFile> platforms) {
    return new RecordReaderFactory(catalogue, PHONE_REGION, platforms);
  }
}
