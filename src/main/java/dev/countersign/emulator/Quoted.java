package dev.countersign.emulator;

/** Text from outside made safe to print: in double quotes, cut, with everything but printable ASCII escaped. */
final class Quoted {
  private static final int MAX_PRINTED = 100;

  private Quoted() {}

  static String of(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.chars().limit(MAX_PRINTED).forEach(c -> append(out, (char) c));
    return out.append(text.length() > MAX_PRINTED ? "...\"" : "\"").toString();
  }

  private static void append(StringBuilder out, char c) {
    if (c == '"' || c == '\\') {
      out.append('\\').append(c);
    } else if (c >= ' ' && c < 0x7f) {
      out.append(c);
    } else {
      out.append("\\u");
      for (int shift = 12; shift >= 0; shift -= 4) {
        out.append(Character.forDigit((c >> shift) & 0xf, 16));
      }
    }
  }
}
