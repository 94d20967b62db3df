package io.sendflowr.connectors.json;

import io.sendflowr.catalogue.Catalogue;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.connectors.platform.PlatformMapper;
import io.sendflowr.connectors.platform.Vocabulary;
import java.io.Serializable;
import java.util.List;

/**
 * Travels with the job to where records are read, and makes a reader there.
 *
 * @param catalogue identifier types and known event types
 * @param phoneRegion ISO 3166 country of phone numbers without a country code
 * @param platforms descriptors of the platforms whose webhooks are read
 */
public record RecordReaderFactory(
    Catalogue catalogue, String phoneRegion, List<DescriptorFile> platforms)
    implements Serializable {

  public RecordReaderFactory {
    platforms = List.copyOf(platforms);
  }

  /**
   * A reader for one thread.
   *
   * @throws io.sendflowr.connectors.platform.DescriptorException if a descriptor is not usable
   */
  public RecordReader create() {
    return new RecordReader(catalogue, phoneRegion, platformMapper());
  }

  /**
   * What webhooks mean, by these descriptors.
   *
   * @throws io.sendflowr.connectors.platform.DescriptorException if a descriptor is not usable
   */
  public PlatformMapper platformMapper() {
    return PlatformMapper.of(platforms, new CatalogueVocabulary(catalogue));
  }

  /** The names that the catalogue gives meaning to. */
  private record CatalogueVocabulary(Catalogue catalogue) implements Vocabulary {
    @Override
    public boolean isIdentifierType(String name) {
      return catalogue.typeNamed(name) != null;
    }

    @Override
    public boolean isEventType(String name) {
      return catalogue.isKnown(name);
    }
  }
}
