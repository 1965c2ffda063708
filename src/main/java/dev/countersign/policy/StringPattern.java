package dev.countersign.policy;

/**
 * A pattern of gRFC A43: {@code *} is any text but the empty one, {@code p*} a prefix, {@code *s} a suffix, anything
 * else exact and case-sensitive, a star in the middle included.
 *
 * @param kind how it matches
 * @param text the literal part
 */
record StringPattern(Kind kind, String text) {
  /** The absent restriction: matches everything, and even the absence of a value. */
  static final StringPattern ANY = new StringPattern(Kind.ANY, "");

  enum Kind {
    EXACT(0),
    PREFIX(1),
    SUFFIX(2),
    PRESENT(3),
    ANY(4);

    private static final Kind[] BY_CODE = {EXACT, PREFIX, SUFFIX, PRESENT, ANY};

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }

    static Kind of(byte code) {
      return BY_CODE[code];
    }

    byte code() {
      return code;
    }
  }

  /** Whether the text has a star at both ends, which Java, Go and C++ read differently. */
  static boolean isAmbiguous(String text) {
    return text.length() > 1 && text.startsWith("*") && text.endsWith("*");
  }

  /** Reads a pattern that {@linkplain #isAmbiguous is not ambiguous}. */
  static StringPattern of(String text) {
    if (text.equals("*")) {
      return new StringPattern(Kind.PRESENT, "");
    }
    if (text.endsWith("*")) {
      return new StringPattern(Kind.PREFIX, text.substring(0, text.length() - 1));
    }
    if (text.startsWith("*")) {
      return new StringPattern(Kind.SUFFIX, text.substring(1));
    }
    return new StringPattern(Kind.EXACT, text);
  }

  /** Whether the pattern has a star that is a literal character, which is rarely what its author meant. */
  boolean hasLiteralStar() {
    return text.indexOf('*') >= 0;
  }

  boolean matches(String value) {
    return switch (kind) {
      case EXACT -> value.equals(text);
      case PREFIX -> value.startsWith(text);
      case SUFFIX -> value.endsWith(text);
      case PRESENT -> !value.isEmpty();
      case ANY -> true;
    };
  }

  @Override
  public String toString() {
    return switch (kind) {
      case EXACT -> text;
      case PREFIX -> text + "*";
      case SUFFIX -> "*" + text;
      case PRESENT, ANY -> "*";
    };
  }
}
