package io.sendflowr.gateway.signature;

import io.sendflowr.catalogue.CatalogueReader;
import io.sendflowr.connectors.json.RecordReaderFactory;
import io.sendflowr.connectors.platform.DescriptorFile;
import io.sendflowr.connectors.platform.PlatformMapper;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs as platforms do, by what they publish and not by our descriptors. */
public final class Signing {
  private static final RecordReaderFactory READERS =
      new RecordReaderFactory(CatalogueReader.builtIn(), "US", DescriptorFile.builtIn());

  private Signing() {}

  /** The platforms that ship. */
  public static PlatformMapper platforms() {
    return READERS.platformMapper();
  }

  /** How records are read. */
  public static RecordReaderFactory readers() {
    return READERS;
  }

  /** A MAC in hex. */
  public static String hex(String algorithm, String secret, String signed) {
    return HexFormat.of().formatHex(mac(algorithm, secret, signed));
  }

  /** A MAC in base64. */
  public static String base64(String algorithm, String secret, String signed) {
    return Base64.getEncoder().encodeToString(mac(algorithm, secret, signed));
  }

  private static byte[] mac(String algorithm, String secret, String signed) {
    try {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), algorithm));
      return mac.doFinal(signed.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A request with headers in pairs. */
  static SignedRequest request(String url, String body, String... headers) {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < headers.length; i += 2) {
      map.put(headers[i], headers[i + 1]);
    }
    int question = url.indexOf('?');
    return new SignedRequest(
        url,
        question < 0 ? "" : url.substring(question + 1),
        map,
        body.getBytes(StandardCharsets.UTF_8));
  }
}
