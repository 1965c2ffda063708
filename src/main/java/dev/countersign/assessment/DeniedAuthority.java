package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** Calls the method, as an identity that may not, under other authorities. */
final class DeniedAuthority extends Check {
  private static final int LONG = 5 * 1024;
  private static final int SHOWN = 40;
  private static final byte[] EMPTY = new byte[0];

  private final List<Claim> claims;

  /** What a request says of the host that it is for: its authority, and Host fields behind it. */
  private record Claim(String authority, List<String> hosts) {
    HeaderBlock in(String path) {
      HeaderBlock block = HeaderBlock.request(path, authority, "application/grpc");
      hosts.forEach(host -> block.add("host", host));
      return block;
    }

    @Override
    public String toString() {
      return "authority " + Quoted.of(authority.substring(0, Math.min(authority.length(), SHOWN)))
          + (hosts.isEmpty() ? "" : " with Host " + String.join(" and ", hosts));
    }
  }

  private DeniedAuthority(String name, String tries, List<Claim> claims) {
    super(About.of(name, Group.AUTHORIZATION, Severity.CRITICAL)
        .tries("Calls by an identity without a rule " + tries + ".")
        .safe("PERMISSION_DENIED, or no answer of the method: the authority decides nothing.")
        .source("CVE-2021-39155")
        .remedy("Do not decide by :authority or Host."));
    this.claims = claims;
  }

  static List<Check> all() {
    return List.of(
        new DeniedAuthority(
            "spoofed-authority",
            "whose :authority names somebody privileged",
            List.of("localhost", "LOCALHOST", "admin", "internal", "root@lab", "").stream()
                .map(authority -> new Claim(authority, List.of()))
                .toList()),
        new DeniedAuthority(
            "long-authority",
            "whose :authority has 5 KiB",
            List.of(new Claim("a".repeat(LONG), List.of()))),
        new DeniedAuthority(
            "two-hosts",
            "with two Host fields that differ from the :authority",
            List.of(
                new Claim("lab", List.of("localhost", "admin")),
                new Claim("lab", List.of("lab", "localhost")))));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    List<String> seen = new ArrayList<>();
    for (Claim claim : claims) {
      Attempt attempt = attack.asDenied(connection -> {
        int stream = connection.newStream();
        return connection
            .headers(stream, claim.in(attack.path()).bytes())
            .message(stream, EMPTY)
            .send()
            .exchange(stream, true);
      });
      if (attempt.isAllowed()) {
        return Outcome.finding(claim + " was let through");
      }
      seen.add(attempt.detail());
    }
    return Outcome.passed(String.join("; ", seen));
  }
}
