package dev.countersign.policy;

import dev.countersign.policy.StringPattern.Kind;
import java.util.Arrays;

/**
 * Gives each distinct pattern a number, in the order of first use. The hash table holds tag and number side by side,
 * so that a look-up that fails, or a collision, touches nothing else.
 */
final class PatternsBuilder {
  static final long FREE = -1;

  private final StringBuilder text = new StringBuilder();
  private final IntList start = new IntList();
  private final IntList tags = new IntList();
  private byte[] kind = new byte[8];
  private long[] table = freeTable(16);

  PatternsBuilder() {
    start.add(0);
  }

  int number(StringPattern pattern) {
    int tag = tag(pattern.kind(), pattern.text().hashCode());
    int slot = slot(tag, table.length);
    for (; table[slot] != FREE; slot = slot + 1 == table.length ? 0 : slot + 1) {
      int number = (int) table[slot];
      if (tags.get(number) == tag && is(number, pattern)) {
        return number;
      }
    }
    table[slot] = entry(tag, tags.size());
    return add(pattern, tag);
  }

  Patterns build() {
    return Patterns.of(this);
  }

  Patterns buildForCalls() {
    return Patterns.ofCalls(this);
  }

  String text() {
    return text.toString();
  }

  int[] start() {
    return start.toArray();
  }

  byte[] kind() {
    return Arrays.copyOf(kind, tags.size());
  }

  /** The numbers by tag, in a table that is two thirds full. */
  long[] table() {
    return table(tags.size() + tags.size() / 2 + 1);
  }

  /**
   * The hash of a string's hash and a kind. One to one for a kind, and for a string different for each kind: patterns
   * with one tag and one text are the same pattern.
   */
  static int tag(Kind kind, int hash) {
    int mixed = (hash + kind.code()) * 0x9E3779B9;
    return (mixed ^ (mixed >>> 15)) * 0x85EBCA6B;
  }

  /** Where the search for a tag begins: spread evenly over the slots, whatever their number. */
  static int slot(int tag, int slots) {
    return (int) (((tag & 0xffffffffL) * slots) >>> 32);
  }

  private long[] table(int slots) {
    long[] made = freeTable(slots);
    for (int i = 0; i < tags.size(); i++) {
      int slot = slot(tags.get(i), slots);
      while (made[slot] != FREE) {
        slot = slot + 1 == slots ? 0 : slot + 1;
      }
      made[slot] = entry(tags.get(i), i);
    }
    return made;
  }

  private int add(StringPattern pattern, int tag) {
    int number = tags.size();
    text.append(pattern.text());
    start.add(text.length());
    tags.add(tag);
    if (number == kind.length) {
      kind = Arrays.copyOf(kind, number * 2);
    }
    kind[number] = pattern.kind().code();
    if (tags.size() * 2 > table.length) {
      table = table(table.length * 2);
    }
    return number;
  }

  private boolean is(int number, StringPattern pattern) {
    int from = start.get(number);
    String wanted = pattern.text();
    if (kind[number] != pattern.kind().code() || start.get(number + 1) - from != wanted.length()) {
      return false;
    }
    for (int i = 0; i < wanted.length(); i++) {
      if (text.charAt(from + i) != wanted.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static long entry(int tag, int number) {
    return ((long) tag << 32) | number;
  }

  private static long[] freeTable(int slots) {
    long[] table = new long[slots];
    Arrays.fill(table, FREE);
    return table;
  }
}
