package dev.countersign.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** Inputs to begin with: a target's own, and what was found before. */
public final class Seeds {
  private static final String FINDINGS = "/vectors/fuzz-findings.csv";

  private Seeds() {}

  /**
   * An input that once broke something.
   *
   * @param target whose input it is
   * @param hex the bytes
   * @param note what it broke
   */
  public record Finding(String target, String hex, String note) {
    /** The bytes. */
    public byte[] input() {
      return HexFormat.of().parseHex(hex);
    }

    @Override
    public String toString() {
      return target + ": " + note;
    }
  }

  /** Every finding, in the order of the table; {@code 5b*9000} stands for a byte 9,000 times. */
  public static List<Finding> findings() throws IOException {
    try (InputStream in = Seeds.class.getResourceAsStream(FINDINGS)) {
      String table =
          new String(Objects.requireNonNull(in, FINDINGS).readAllBytes(), StandardCharsets.UTF_8);
      return table.lines().skip(1).map(Seeds::finding).toList();
    }
  }

  private static Finding finding(String row) {
    String[] cells = row.split(",", 3);
    String[] repeated = cells[1].split("\\*", 2);
    String hex =
        repeated.length == 1 ? cells[1] : repeated[0].repeat(Integer.parseInt(repeated[1]));
    return new Finding(cells[0], hex, cells[2]);
  }

  /** The inputs of one target. */
  public static List<byte[]> of(String name) throws Exception {
    List<byte[]> inputs = new ArrayList<>(Targets.named(name).seeds());
    findings().stream()
        .filter(finding -> finding.target().equals(name))
        .map(Finding::input)
        .forEach(inputs::add);
    return inputs;
  }

  /** Writes the inputs of the targets named into directories of their names; without any, prints their names. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 0) {
      Targets.names().forEach(System.out::println);
      return;
    }
    for (int i = 1; i < arguments.length; i++) {
      Path directory = Files.createDirectories(Path.of(arguments[0], arguments[i]));
      int number = 0;
      for (byte[] input : of(arguments[i])) {
        Files.write(directory.resolve("seed-" + number++), input);
      }
    }
  }
}
