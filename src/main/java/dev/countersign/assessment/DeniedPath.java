package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Calls the method, as an identity that may not, by other names that somebody might take for the same. */
final class DeniedPath extends Check {
  private final Spelling spelling;

  /** Writes a path in other ways. */
  private interface Spelling {
    List<String> of(String path);
  }

  private DeniedPath(String name, String tries, String source, Spelling spelling) {
    super(About.of(name, Group.AUTHORIZATION, Severity.CRITICAL)
        .tries("Calls by an identity without a rule of the method's path " + tries + ".")
        .safe("No call reaches the method.")
        .source(source)
        .remedy("Decide by the path that is routed, byte by byte, and deny what is not known."));
    this.spelling = spelling;
  }

  static List<Check> all() {
    return List.of(
        new DeniedPath(
            "path-without-slash",
            "without its first slash",
            "CVE-2026-33186",
            path -> List.of(path.substring(1))),
        new DeniedPath(
            "path-with-more-slashes",
            "with more slashes than it has",
            "CVE-2021-31920",
            path -> List.of("/" + path, path + "/", path.replaceAll("(.)/", "$1//"))),
        new DeniedPath(
            "path-in-other-case",
            "in capitals and in small letters",
            "CVE-2021-39156",
            path -> List.of(path.toUpperCase(Locale.ROOT), path.toLowerCase(Locale.ROOT))),
        new DeniedPath(
            "path-percent-encoded",
            "percent-encoded in part",
            "CVE-2021-31920",
            path -> List.of(
                path.substring(0, 1) + escape(path.charAt(1)) + path.substring(2),
                "/" + path.substring(1).replace("/", "%2F"))),
        new DeniedPath(
            "path-by-detour",
            "by a detour of dot segments or a backslash",
            "CVE-2021-31920; RFC 3986 section 5.2.4",
            path -> List.of("/x/.." + path, "/." + path, path.replace('/', '\\'))),
        new DeniedPath(
            "path-with-more-behind",
            "with a query, a fragment, a parameter, a NUL or a line break behind",
            "CVE-2021-31920",
            path -> List.of(
                path + "?x=1", path + "#x", path + ";x=1", path + "\0", path + "\n", path + " ")),
        new DeniedPath(
            "path-in-absolute-form",
            "as an absolute URI",
            "RFC 9113 section 8.3.1",
            path -> List.of("https://lab" + path)));
  }

  private static String escape(char c) {
    return String.format(Locale.ROOT, "%%%02X", (int) c);
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    List<String> seen = new ArrayList<>();
    for (String path : spelling.of(attack.path())) {
      if (path.equals(attack.path())) {
        continue;
      }
      // Some answers end the connection, so each path has one of its own.
      Attempt attempt = attack.asDenied(connection -> Attack.callPath(connection, path));
      if (attempt.isAllowed()) {
        return Outcome.finding(
            "path " + Quoted.of(path) + " reached the method (" + attempt.detail() + ")");
      }
      seen.add(attempt.detail());
    }
    return Outcome.passed(String.join("; ", seen));
  }
}
