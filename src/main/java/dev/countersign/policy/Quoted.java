package dev.countersign.policy;

/** Text from outside made safe to print: cut, with everything but printable ASCII escaped. */
final class Quoted {
  private static final int MAX_PRINTED = 200;

  private Quoted() {}

  static String of(String text) {
    return '"' + escaped(text, true) + '"';
  }

  /** Without the quotes, for messages that bring their own. */
  static String plain(String text) {
    return escaped(text, false);
  }

  private static String escaped(String text, boolean quotes) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), MAX_PRINTED); i++) {
      char c = text.charAt(i);
      if (quotes && (c == '"' || c == '\\')) {
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
    return text.length() > MAX_PRINTED ? out.append("...").toString() : out.toString();
  }
}
