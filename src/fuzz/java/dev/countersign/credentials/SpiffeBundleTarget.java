package dev.countersign.credentials;

import dev.countersign.credentials.SpiffeBundle.Authorities;
import dev.countersign.credentials.SpiffeBundle.BundleException;
import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import dev.countersign.pki.CertificateForge;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** {@link SpiffeBundle}: what was read is printed as a bundle and read again. */
public final class SpiffeBundleTarget implements Target {
  @Override
  public void read(byte[] input) throws Exception {
    List<X509Certificate> anchors;
    try {
      Authorities read = SpiffeBundle.parse("input", input);
      anchors = read.anchors();
      Claims.that(
          read.sequence() == null || read.sequence().signum() >= 0, "a sequence is not negative");
    } catch (BundleException e) {
      Claims.message(e.getMessage());
      return;
    }
    Claims.that(!anchors.isEmpty(), "a bundle that is accepted holds an anchor");
    Claims.that(SpiffeBundle.isJson(input), "a bundle that is accepted looks like one");
    Claims.same(
        SpiffeBundle.parse("printed", print(anchors)).anchors(),
        anchors,
        "anchors are read as printed");
  }

  private static byte[] print(List<X509Certificate> anchors) {
    return anchors.stream()
        .map(SpiffeBundleTarget::key)
        .collect(Collectors.joining(",", "{\"keys\":[", "]}"))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String key(X509Certificate anchor) {
    try {
      return "{\"kty\":\"" + anchor.getPublicKey().getAlgorithm()
          + "\",\"use\":\"x509-svid\",\"x5c\":[\""
          + Base64.getEncoder().encodeToString(anchor.getEncoded()) + "\"]}";
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("what was parsed has an encoding", e);
    }
  }

  @Override
  public List<byte[]> seeds() {
    X509Certificate root = CertificateForge.at(InstantSource.system())
        .root("CN=Fuzzed")
        .selfSigned()
        .certificate();
    String bundle = new String(print(List.of(root)), StandardCharsets.UTF_8);
    return Claims.inputs(
        bundle,
        bundle.replace(
            "]}]}",
            "]},{\"kty\":\"EC\",\"use\":\"jwt-svid\",\"kid\":\"a\"}],"
                + "\"spiffe_sequence\":1,\"spiffe_refresh_hint\":2}"),
        "{\"keys\":[{\"kty\":\"EC\",\"use\":\"x509-svid\",\"x5c\":[\"AAAA\",\"\"]}]}",
        "{\"keys\":[[[[",
        "{\"keys\":[{\"kty\":\"\\u2028\",\"use\":\"x509-svid\"}],\"spiffe_sequence\":-1}");
  }
}
