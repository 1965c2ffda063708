package dev.countersign.cli;

import java.util.HexFormat;

/**
 * Text made safe for a terminal and a log: one line, whose every character can be seen. Controls, line and paragraph
 * separators, directional marks and lone surrogates become {@code \}{@code uXXXX}.
 */
final class Printable {
  private static final HexFormat HEX = HexFormat.of();

  private Printable() {}

  static String of(String text) {
    if (text.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(c -> append(out, c));
    return out.toString();
  }

  /** The text in double quotes, cut after so many characters. */
  static String quoted(String text, int most) {
    String shown = text.length() <= most ? text : text.substring(0, most) + "...";
    return '"' + of(shown.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
  }

  /** The text in double quotes, cut after 200 characters. */
  static String quoted(String text) {
    return quoted(text, 200);
  }

  private static void append(StringBuilder out, int codePoint) {
    if (isVisible(codePoint)) {
      out.appendCodePoint(codePoint);
    } else {
      for (char c : Character.toChars(codePoint)) {
        out.append("\\u").append(HEX.toHexDigits(c));
      }
    }
  }

  private static boolean isVisible(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED -> false;
      default -> true;
    };
  }
}
