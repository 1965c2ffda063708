package dev.countersign.assessment;

import dev.countersign.assessment.Lifecycle.Former;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.function.Function;

/** Goes on with a certificate that held when the connection was made, and does no longer. */
final class FormerCertificate extends Check {
  private static final String REVOKED = "was revoked";
  private static final String EXPIRED = "has expired";

  private final boolean revoked;
  private final Function<Former, Attempt> way;

  private FormerCertificate(
      String name,
      Severity severity,
      String tries,
      String state,
      String source,
      Function<Former, Attempt> way) {
    super(
        About.of(name, Group.TRUST, severity)
            .tries(tries + " with a certificate of the real authority that " + state + ".")
            .safe("It is refused or denied, as a new connection would be.")
            .source(source)
            .remedy(
                state.equals(REVOKED)
                    ? "Read revocation lists, reload them, and verify connections again when they"
                        + " change, resumed ones too."
                    : "Verify the presented chain again on every connection, resumed ones too, and"
                        + " end what outlives its certificate."),
        Reach.TLS);
    this.revoked = state.equals(REVOKED);
    this.way = way;
  }

  static List<Check> all() {
    return List.of(
        new FormerCertificate(
            "revoked",
            Severity.HIGH,
            "A new connection",
            REVOKED,
            "RFC 5280 section 6.3; NIST SP 800-52r2",
            Former::fresh),
        new FormerCertificate(
            "revoked-resumption",
            Severity.HIGH,
            "A resumed session",
            REVOKED,
            "CVE-2025-68121; CVE-2022-21654",
            Former::resumed),
        new FormerCertificate(
            "revoked-connection",
            Severity.HIGH,
            "A call on a connection of before",
            REVOKED,
            "CWE-613",
            Former::connection),
        new FormerCertificate(
            "revoked-call",
            Severity.MEDIUM,
            "A call that was open before",
            REVOKED,
            "CWE-613",
            Former::call),
        new FormerCertificate(
            "expired-resumption",
            Severity.HIGH,
            "A resumed session",
            EXPIRED,
            "CVE-2025-68121; RFC 8446 section 4.6.1",
            Former::resumed),
        new FormerCertificate(
            "expired-connection",
            Severity.MEDIUM,
            "A call on a connection of before",
            EXPIRED,
            "CWE-613",
            Former::connection),
        new FormerCertificate(
            "expired-call",
            Severity.MEDIUM,
            "A call that was open before",
            EXPIRED,
            "CWE-613",
            Former::call));
  }

  @Override
  Outcome run(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    Lifecycle lifecycle = attack.lifecycle();
    Former former = revoked ? lifecycle.revoked() : lifecycle.expired();
    return way.apply(former).mustNotSucceed("the call was answered");
  }
}
