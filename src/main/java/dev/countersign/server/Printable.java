package dev.countersign.server;

import java.util.HexFormat;

/** Text that a peer had a part in, for the log: escaped and cut. */
final class Printable {
  private static final int MAX_PRINTED = 200;

  private Printable() {}

  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.chars().limit(MAX_PRINTED).forEach(c -> {
      if (c == '"' || c == '\\') {
        out.append('\\').append((char) c);
      } else if (c >= ' ' && c < 0x7f) {
        out.append((char) c);
      } else {
        out.append("\\u").append(HexFormat.of().toHexDigits((short) c));
      }
    });
    return out.append(text.length() > MAX_PRINTED ? "...\"" : "\"").toString();
  }
}
