package dev.countersign.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What readers promise, as checks that throw {@link BrokenClaimException}. */
public final class Claims {
  /** Longer than any sentence; a message must not grow with the input. */
  private static final int MAX_MESSAGE = 2_000;

  private Claims() {}

  /** That something holds. */
  public static void that(boolean holds, String claim) {
    if (!holds) {
      throw new BrokenClaimException("does not hold: " + claim);
    }
  }

  /** That two values are equal. */
  public static void same(@Nullable Object one, @Nullable Object other, String claim) {
    if (!Objects.equals(one, other)) {
      throw new BrokenClaimException("does not hold: " + claim + ": " + one + " and " + other);
    }
  }

  /** That a message for people is one short line, of which every character can be seen. */
  public static void message(@Nullable String text) {
    that(text != null && !text.isBlank(), "an error says something");
    that(text.length() <= MAX_MESSAGE, "a message is short: " + text.length() + " characters");
    visible(text);
  }

  /** That no character of a text can steer a terminal, end a line or hide. */
  public static void visible(String text) {
    text.codePoints()
        .filter(Claims::cannotBeSeen)
        .findFirst()
        .ifPresent(c -> that(false, "U+" + Integer.toHexString(c) + " is not shown to people"));
  }

  /** That a text holds printable ASCII only. */
  public static void ascii(String text) {
    that(text.chars().allMatch(c -> c >= ' ' && c < 0x7f), "quoted text is printable ASCII");
  }

  /** The bytes as a text, one character each, which loses nothing. */
  public static String text(byte[] input) {
    return new String(input, StandardCharsets.ISO_8859_1);
  }

  /** Texts as inputs. */
  public static List<byte[]> inputs(String... texts) {
    return Stream.of(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }

  private static boolean cannotBeSeen(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED -> true;
      default -> false;
    };
  }
}
