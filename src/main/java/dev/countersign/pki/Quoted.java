package dev.countersign.pki;

/** Text from outside made safe to print: in double quotes, cut, with everything but printable ASCII escaped. */
final class Quoted {
  private static final int MAX_PRINTED = 200;

  private Quoted() {}

  static String of(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), MAX_PRINTED); i++) {
      append(out, text.charAt(i));
    }
    if (text.length() > MAX_PRINTED) {
      out.append("...");
    }
    return out.append('"').toString();
  }

  private static void append(StringBuilder out, char c) {
    if (c == '"' || c == '\\') {
      out.append('\\').append(c);
    } else if (c >= ' ' && c < 0x7f) {
      out.append(c);
    } else {
      out.append("\\u").append(Character.forDigit(c >> 12, 16));
      out.append(Character.forDigit((c >> 8) & 0xf, 16));
      out.append(Character.forDigit((c >> 4) & 0xf, 16));
      out.append(Character.forDigit(c & 0xf, 16));
    }
  }
}
