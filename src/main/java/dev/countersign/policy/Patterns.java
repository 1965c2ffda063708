package dev.countersign.policy;

import dev.countersign.policy.StringPattern.Kind;
import java.util.BitSet;

/**
 * The distinct patterns of one dimension (principals, paths or the values of one header), each with a number, and the
 * way from a string to all patterns that match it. All text lies in one string, so that a pattern costs about twenty
 * bytes beside it.
 *
 * <p>The exact pattern is one hash look-up. The longest matching prefix is found with one pass over the string, with a
 * look-up at each length that a prefix has; every other matching prefix is a prefix of that one, and is reached by
 * links that were made when the patterns were compiled. Suffixes likewise, from the end. The number of patterns does
 * not come into it. Iterate with {@link #first} and {@link #next}. Immutable.
 */
final class Patterns {
  static final int NONE = -1;

  private final String text;
  private final int[] start;
  private final byte[] kind;
  private final int[] link;
  private final long[] table;
  private final int[] prefixLengths;
  private final int[] suffixLengths;
  private final int present;
  private final int any;
  private final boolean exactOnly;
  private final boolean mayAllocate;

  private Patterns(PatternsBuilder from, boolean mayAllocate) {
    this.mayAllocate = mayAllocate;
    text = from.text();
    start = from.start();
    kind = from.kind();
    table = from.table();
    prefixLengths = lengths(Kind.PREFIX);
    suffixLengths = lengths(Kind.SUFFIX);
    present = find(Kind.PRESENT, 0, "", 0, 0);
    any = find(Kind.ANY, 0, "", 0, 0);
    exactOnly = present == NONE && any == NONE && prefixLengths.length + suffixLengths.length == 0;
    link = new int[prefixLengths.length + suffixLengths.length == 0 ? 0 : kind.length];
    for (int i = 0; i < link.length; i++) {
      link[i] = nextShorter(i);
    }
  }

  /** Patterns that strings are looked up in once in a while, and for that quickly. */
  static Patterns of(PatternsBuilder builder) {
    return new Patterns(builder, true);
  }

  /** Patterns that strings of each call are looked up in: nothing is allocated for it. */
  static Patterns ofCalls(PatternsBuilder builder) {
    return new Patterns(builder, false);
  }

  int size() {
    return kind.length;
  }

  StringPattern pattern(int number) {
    return new StringPattern(
        Kind.of(kind[number]), text.substring(start[number], start[number + 1]));
  }

  /** The first pattern that matches the value, or {@link #NONE}. */
  int first(String value) {
    int exact = find(Kind.EXACT, value.hashCode(), value, 0, value.length());
    return exact == NONE ? firstPrefix(value) : exact;
  }

  /** The pattern after this one that matches the value, or {@link #NONE}. */
  int next(String value, int number) {
    if (exactOnly) {
      return NONE;
    }
    return switch (Kind.of(kind[number])) {
      case EXACT -> firstPrefix(value);
      case PREFIX -> link[number] == NONE ? firstSuffix(value) : link[number];
      case SUFFIX -> link[number] == NONE ? firstOpen(value) : link[number];
      case PRESENT -> any;
      case ANY -> NONE;
    };
  }

  /** All patterns that match the value. */
  int[] matching(String value) {
    IntList all = new IntList();
    for (int i = first(value); i != NONE; i = next(value, i)) {
      all.add(i);
    }
    return all.toArray();
  }

  /** The patterns that match whatever this one matches: itself, and those that say less. */
  int[] covering(int number) {
    StringPattern pattern = pattern(number);
    if (pattern.kind() == Kind.EXACT) {
      return matching(pattern.text());
    }
    IntList all = new IntList();
    boolean linked = pattern.kind() == Kind.PREFIX || pattern.kind() == Kind.SUFFIX;
    for (int i = number; i != NONE; i = linked ? link[i] : NONE) {
      all.add(i);
    }
    if (linked && present != NONE) {
      all.add(present);
    }
    if (pattern.kind() != Kind.ANY && any != NONE) {
      all.add(any);
    }
    return all.toArray();
  }

  /** The pattern that matches even where there is no value, or {@link #NONE}. */
  int any() {
    return any;
  }

  private int firstPrefix(String value) {
    int found = longestPrefix(value, value.length());
    return found == NONE ? firstSuffix(value) : found;
  }

  private int firstSuffix(String value) {
    int found = longestSuffix(value, value.length());
    return found == NONE ? firstOpen(value) : found;
  }

  private int firstOpen(String value) {
    return present == NONE || value.isEmpty() ? any : present;
  }

  private int longestPrefix(String value, int limit) {
    int found = NONE;
    int sum = 0;
    int at = 0;
    for (int length : prefixLengths) {
      if (length > limit) {
        break;
      }
      // The hash of String, so that it can be carried on from one length to the next.
      for (; at < length; at++) {
        sum = 31 * sum + value.charAt(at);
      }
      int candidate = find(Kind.PREFIX, sum, value, 0, length);
      found = candidate == NONE ? found : candidate;
    }
    return found;
  }

  private int longestSuffix(String value, int limit) {
    int found = NONE;
    int sum = 0;
    int power = 1;
    int at = value.length();
    for (int length : suffixLengths) {
      if (length > limit) {
        break;
      }
      for (; at > value.length() - length; power *= 31) {
        sum += power * value.charAt(--at);
      }
      int candidate = find(Kind.SUFFIX, sum, value, at, length);
      found = candidate == NONE ? found : candidate;
    }
    return found;
  }

  private int nextShorter(int number) {
    StringPattern pattern = pattern(number);
    int limit = pattern.text().length() - 1;
    return switch (pattern.kind()) {
      case PREFIX -> longestPrefix(pattern.text(), limit);
      case SUFFIX -> longestSuffix(pattern.text(), limit);
      case EXACT, PRESENT, ANY -> NONE;
    };
  }

  private int find(Kind wanted, int hash, String value, int from, int length) {
    int tag = PatternsBuilder.tag(wanted, hash);
    int slot = PatternsBuilder.slot(tag, table.length);
    for (long entry = table[slot]; entry != PatternsBuilder.FREE; entry = table[slot]) {
      int number = (int) entry;
      if ((int) (entry >>> 32) == tag
          && start[number + 1] - start[number] == length
          && isAt(start[number], value, from, length)) {
        return number;
      }
      slot = slot + 1 == table.length ? 0 : slot + 1;
    }
    return NONE;
  }

  /** Whole strings by the way that the JVM compares many bytes at a time; regions it compares one by one. */
  private boolean isAt(int start, String value, int from, int length) {
    return (mayAllocate && length == value.length())
        ? value.equals(text.substring(start, start + length))
        : text.regionMatches(start, value, from, length);
  }

  private int[] lengths(Kind wanted) {
    BitSet lengths = new BitSet();
    for (int i = 0; i < kind.length; i++) {
      if (kind[i] == wanted.code()) {
        lengths.set(start[i + 1] - start[i]);
      }
    }
    return lengths.stream().toArray();
  }
}
