package dev.countersign.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;

/**
 * A row of a table of texts. In an input, a number in angle brackets stands for that many times the letter a, and
 * Unicode escapes for their character.
 */
@NullUnmarked
record Vector(String input, boolean accepted, String reason, String note) {
  private static final Pattern CELL = Pattern.compile(",(?:\"([^\"]*)\"|([^,]*))");
  private static final Pattern REPEATED = Pattern.compile("<(\\d+)>");
  private static final Pattern ESCAPED = Pattern.compile("\\\\(\\\\|u([0-9a-f]{4}))");

  static List<Vector> of(String table) throws IOException {
    try (InputStream in = Vector.class.getResourceAsStream("/vectors/" + table)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().skip(1).map(Vector::row).toList();
    }
  }

  private static Vector row(String line) {
    String[] cells = new String[4];
    Matcher cell = CELL.matcher("," + line);
    for (int i = 0; i < cells.length; i++) {
      assertThat(cell.find()).as(line).isTrue();
      cells[i] = cell.group(1) == null ? cell.group(2) : cell.group(1);
    }
    assertThat(cells[1]).as(line).isIn("accept", "refuse");
    return new Vector(decoded(cells[0]), cells[1].equals("accept"), cells[2], cells[3]);
  }

  private static String decoded(String text) {
    String repeated =
        REPEATED.matcher(text).replaceAll(match -> "a".repeat(Integer.parseInt(match.group(1))));
    return ESCAPED
        .matcher(repeated)
        .replaceAll(match -> Matcher.quoteReplacement(
            match.group(2) == null
                ? "\\"
                : String.valueOf((char) Integer.parseInt(match.group(2), 16))));
  }

  /** What was read; null after a refusal for the right reason. */
  <T> T check(Function<String, T> parser) {
    if (accepted) {
      return parser.apply(input);
    }
    IdentityException e = catchThrowableOfType(IdentityException.class, () -> parser.apply(input));
    assertThat(e).as("refusal").isNotNull();
    assertThat(e.reason().name()).isEqualTo(reason);
    assertThat(e.getMessage()).matches("\\p{Print}+").hasSizeLessThan(500);
    return null;
  }

  @Override
  public String toString() {
    return Quoted.of(input) + " " + reason;
  }
}
