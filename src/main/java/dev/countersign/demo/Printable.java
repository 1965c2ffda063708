package dev.countersign.demo;

/** Text from outside made safe to print: cut, with everything but printable ASCII escaped. */
final class Printable {
  private static final int MAX_PRINTED = 200;

  private Printable() {}

  /** A file's name: escaped, but never cut, since a part of it names another file. */
  static String file(String name) {
    return escaped(name, name.length());
  }

  static String text(String text) {
    return escaped(text, MAX_PRINTED);
  }

  static String quoted(String text) {
    return "\"" + text(text) + "\"";
  }

  private static String escaped(String text, int limit) {
    StringBuilder out = new StringBuilder();
    text.chars().limit(limit).forEach(c -> {
      if (c >= ' ' && c < 0x7f) {
        out.append((char) c);
      } else {
        out.append("\\u").append(Integer.toHexString(c | 0x10000), 1, 5);
      }
    });
    return text.length() > limit ? out.append("...").toString() : out.toString();
  }
}
