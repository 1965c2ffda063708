package dev.countersign.platform;

import dev.countersign.platform.AltsVerdict.Reason;
import dev.countersign.text.Quoted;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The product name in the machine's firmware. The ALTS libraries refuse to work unless it is one of Google's; "Google
 * Search Appliance" is not.
 */
final class Dmi {
  private static final String FILE = "sys/class/dmi/id/product_name";
  private static final Set<String> GOOGLE = Set.of("Google", "Google Compute Engine");
  private static final int MAX_CHARACTERS = 256;

  private Dmi() {}

  /** What stands there and, if it does not allow ALTS, why; the reason is null if it does. */
  record Finding(@Nullable Reason obstacle, String found) {}

  static Finding at(Machine machine) {
    Path file = machine.root().resolve(FILE);
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      char[] start = new char[MAX_CHARACTERS];
      int length = Math.max(0, reader.read(start));
      String first = new String(start, 0, length).lines().findFirst().orElse("").strip();
      if (first.isEmpty()) {
        return new Finding(Reason.DMI_EMPTY, "/" + FILE + " is empty");
      }
      return new Finding(GOOGLE.contains(first) ? null : Reason.DMI_NOT_GOOGLE, Quoted.of(first));
    } catch (IOException e) {
      return new Finding(
          Reason.DMI_MISSING,
          "/" + FILE + " cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }
}
