package dev.countersign.assessment;

/** Text of a peer on one line of a report: what cannot be seen becomes an escape, and what is too long is cut. */
final class Visible {
  private static final int MOST = 400;

  private Visible() {}

  static String of(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints().limit(MOST).forEach(c -> {
      if (c >= ' ' && c < 0x7f) {
        out.append((char) c);
      } else {
        out.append(String.format(java.util.Locale.ROOT, "\\u%04x", c));
      }
    });
    return text.codePointCount(0, text.length()) > MOST ? out + "..." : out.toString();
  }

  static String quoted(String text) {
    return '"' + of(text.replace("\"", "'")) + '"';
  }
}
