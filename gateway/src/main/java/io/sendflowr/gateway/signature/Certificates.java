package io.sendflowr.gateway.signature;

import java.net.URI;
import java.security.PublicKey;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Where the certificates come from that platforms sign with. */
public interface Certificates {

  /**
   * The key of the certificate at a place.
   *
   * @param place an HTTPS URL on a host that the platform's descriptor allows
   * @return the key; empty if what is there is no certificate that may be trusted. It fails if the
   *     place cannot be read now.
   */
  CompletionStage<Optional<PublicKey>> key(URI place);
}
