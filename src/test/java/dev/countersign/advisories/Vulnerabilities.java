package dev.countersign.advisories;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;

/** Which of the things that are shipped have a vulnerability that is known to some data, and how old those data are. */
final class Vulnerabilities {
  private Vulnerabilities() {}

  /** {@code Vulnerabilities DEPENDENCY_LIST DIRECTORY}: exits with 1 if something is found, 3 if it cannot look. */
  public static void main(String[] arguments) throws IOException {
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
      System.err.println("vulnerabilities: error: " + e);
      Runtime.getRuntime().halt(3);
    });
    int code = report(
        Component.of(Path.of(arguments[0])),
        Path.of(arguments[1]),
        InstantSource.system().instant(),
        System.out);
    System.exit(code);
  }

  static int report(List<Component> shipped, Path data, Instant now, PrintStream out)
      throws IOException {
    List<Advisory> advisories = Advisory.in(data);
    Instant newest = advisories.stream()
        .map(Advisory::modified)
        .max(Comparator.naturalOrder())
        .orElse(Instant.EPOCH);
    out.printf(
        "data: %d advisories in %s, the newest of %s (%d days old)%n",
        advisories.size(), data, newest, Duration.between(newest, now).toDays());
    int found = 0;
    for (Component component : shipped) {
      for (Advisory advisory : advisories) {
        if (advisory.affects(component)) {
          found++;
          out.printf("%s: %s: %s%n", advisory.id(), component, advisory.summary());
        }
      }
    }
    out.printf("%d components, %d known vulnerabilities%n", shipped.size(), found);
    return found == 0 ? 0 : 1;
  }
}
