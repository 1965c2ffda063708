package dev.countersign.text;

import java.util.HexFormat;

/**
 * Text from outside made safe to print: everything but printable ASCII becomes {@code \}{@code uXXXX}, so that it can
 * neither end a line, nor turn its direction, nor look like another name. A pure function, for any thread.
 */
public final class Quoted {
  /** How many characters of a text are shown; {@code ...} stands for the rest. */
  public static final int MAX_SHOWN = 200;

  /** How many characters of a key are shown. */
  static final int MAX_KEY = 24;

  private Quoted() {}

  /** The text in double quotes, cut; a quote or a backslash in it is escaped as well. */
  public static String of(String text) {
    return cut(text, true, "\"", MAX_SHOWN);
  }

  /**
   * A key of a document that is not one of those that are known, in double quotes, cut so early that nothing secret shows
   * where somebody gave a file of another kind: a private key in PEM begins with as much that is none.
   */
  public static String key(String text) {
    return cut(text, true, "\"", MAX_KEY);
  }

  /** The text without quotes around it, cut, for messages that bring their own. */
  public static String bare(String text) {
    return cut(text, false, "", MAX_SHOWN);
  }

  /** A file's name without quotes: escaped, but never cut, since a part of it names another file. */
  public static String file(String name) {
    return cut(name, false, "", name.length());
  }

  /** One character of a text in single quotes, and where it stands, counted from 1. */
  public static String at(String text, int index) {
    StringBuilder out = new StringBuilder("'");
    append(out, text.charAt(index), true);
    return out.append("' at position ").append(index + 1).toString();
  }

  private static String cut(String text, boolean escapeQuotes, String around, int most) {
    StringBuilder out = new StringBuilder(Math.min(text.length(), most) + 16).append(around);
    for (int i = 0; i < Math.min(text.length(), most); i++) {
      append(out, text.charAt(i), escapeQuotes);
    }
    return out.append(text.length() > most ? "..." : "").append(around).toString();
  }

  private static void append(StringBuilder out, char c, boolean escapeQuotes) {
    if (escapeQuotes && (c == '"' || c == '\\')) {
      out.append('\\').append(c);
    } else if (c >= ' ' && c < 0x7f) {
      out.append(c);
    } else {
      out.append("\\u").append(HexFormat.of().toHexDigits((short) c));
    }
  }
}
