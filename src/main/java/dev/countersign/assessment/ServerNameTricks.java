package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.StandardConstants;

/** Shakes hands, as an identity that may not call, under other server names. */
final class ServerNameTricks extends Check {
  private static final int LONG = 16 * 1024;
  private static final int SHOWN = 40;

  private final List<String> names;

  private ServerNameTricks(String name, String tries, String... names) {
    super(
        About.of(name, Group.TRUST, Severity.HIGH)
            .tries("Calls by an identity without a rule and by nobody, under " + tries + ".")
            .safe(
                "The server name changes neither who is asked for a certificate nor the decision.")
            .source("gRFC A101; CVE-2025-23419")
            .remedy("Use one TLS configuration for every server name."),
        Reach.TLS);
    this.names = List.of(names);
  }

  static List<Check> all() {
    return List.of(
        new ServerNameTricks(
            "server-name-tricks",
            "several server names",
            "localhost",
            "admin",
            "internal",
            "lab.example"),
        new ServerNameTricks(
            "server-name-oddities",
            "a server name that is an IP address, and one of 16 KiB",
            "127.0.0.1",
            "a".repeat(LONG)));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    List<String> seen = new ArrayList<>();
    for (String name : names) {
      for (RawTls client : List.of(RawTls.as(attack.denied()), RawTls.asNobody())) {
        Attempt attempt = attack.attempt(client.sni(new AnyName(name)));
        if (attempt.isAllowed()) {
          return Outcome.finding("server name "
              + Quoted.of(name.substring(0, Math.min(name.length(), SHOWN))) + " lets others in");
        }
        seen.add(attempt.access().toString());
      }
    }
    return Outcome.passed("each attempt ended as " + String.join(", ", seen));
  }

  /** A host name that nobody checks on the way. */
  private static final class AnyName extends SNIServerName {
    AnyName(String name) {
      super(StandardConstants.SNI_HOST_NAME, name.getBytes(StandardCharsets.US_ASCII));
    }
  }
}
