package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;

/** Calls the method, as an identity that may not, with headers in which it claims to be the one that may. */
final class DeniedWithHeaders extends Check {
  private final Claim claim;

  /** Headers, as names and values, that name the allowed identity. */
  private interface Claim {
    List<String> of(String id);
  }

  private DeniedWithHeaders(String name, String tries, String source, Claim claim) {
    super(About.of(name, Group.AUTHORIZATION, Severity.CRITICAL)
        .tries("A call by an identity without a rule that claims to be the allowed one in " + tries
            + ".")
        .safe("PERMISSION_DENIED: the identity comes from the connection alone.")
        .source(source)
        .remedy("Read the identity from the TLS session or the ALTS context and from no header."));
    this.claim = claim;
  }

  static List<Check> all() {
    return List.of(
        new DeniedWithHeaders(
            "spoofed-certificate-header",
            "x-forwarded-client-cert",
            "Envoy, forward_client_cert_details",
            id -> List.of("x-forwarded-client-cert", "By=" + id + ";URI=" + id + ";Subject=\"\"")),
        new DeniedWithHeaders(
            "spoofed-mesh-header",
            "l5d-client-id and x-spiffe-id",
            "linkerd2-proxy issues 184 and 981",
            id -> List.of("l5d-client-id", id, "x-spiffe-id", id)),
        new DeniedWithHeaders(
            "spoofed-user-header",
            "x-user, x-remote-user, x-authenticated-user and x-goog-authenticated-user-email",
            "CWE-290",
            id -> List.of(
                "x-user", id,
                "x-remote-user", id,
                "x-authenticated-user", id,
                "x-goog-authenticated-user-email", id)),
        new DeniedWithHeaders(
            "spoofed-address-header",
            "x-forwarded-for, x-real-ip and forwarded",
            "RFC 7239 section 8.1",
            id -> List.of(
                "x-forwarded-for", "127.0.0.1",
                "x-real-ip", "127.0.0.1",
                "forwarded", "for=127.0.0.1;by=127.0.0.1")),
        new DeniedWithHeaders(
            "spoofed-authorization",
            "authorization, twice",
            "gRFC A41",
            id -> List.of(
                "authorization", "Bearer " + id, "authorization", "Basic YWRtaW46YWRtaW4=")),
        new DeniedWithHeaders(
            "method-override",
            "headers that name another method or path",
            "CWE-436",
            id -> List.of(
                "x-http-method-override", "GET",
                "x-original-url", "/",
                "x-rewrite-url", "/",
                "x-original-path", "/",
                "x-envoy-original-path", "/")));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    String id = attack.target().isAlts() ? "admin" : Forgery.idOf(attack.allowed());
    String[] headers = claim.of(id).toArray(String[]::new);
    return attack
        .asDenied(connection -> attack.call(connection, headers))
        .mustNotSucceed("the claim was believed");
  }
}
