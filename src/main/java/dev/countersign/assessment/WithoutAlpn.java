package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.stream.IntStream;

/** Shakes hands without naming HTTP/2, and speaks it all the same. */
final class WithoutAlpn extends Check {
  private static final int MANY = 200;

  private final String[] offered;

  private WithoutAlpn(String name, String tries, String... offered) {
    super(
        About.of(name, Group.TRANSPORT, Severity.MEDIUM)
            .tries("A handshake " + tries + ", and an HTTP/2 call of the method.")
            .safe("No call is answered.")
            .source("RFC 9113 section 3.2; RFC 7301")
            .remedy("End connections that did not agree on h2."),
        Reach.TLS);
    this.offered = offered.clone();
  }

  static List<Check> all() {
    return List.of(
        new WithoutAlpn("alpn-missing", "without application protocols"),
        new WithoutAlpn("alpn-http1", "that offers http/1.1 only", "http/1.1"),
        new WithoutAlpn("alpn-lookalikes", "that offers H2 and h2c", "H2", "h2c"),
        new WithoutAlpn(
            "alpn-many",
            "that offers 200 protocols, none of them h2",
            IntStream.range(0, MANY).mapToObj(i -> "protocol-" + i).toArray(String[]::new)));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    return attack
        .attempt(RawTls.as(attack.allowed()).alpn(offered))
        .mustNotSucceed("HTTP/2 was spoken although nobody had agreed on it");
  }
}
