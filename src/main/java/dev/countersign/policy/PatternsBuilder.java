package dev.countersign.policy;

import java.util.Arrays;

/** Gives each distinct pattern a number, in the order of first use. */
final class PatternsBuilder {
  private final StringBuilder text = new StringBuilder();
  private final IntList start = new IntList();
  private final IntList hash = new IntList();
  private byte[] kind = new byte[8];
  private int[] table = emptyTable(16);

  PatternsBuilder() {
    start.add(0);
  }

  int number(StringPattern pattern) {
    int sum = pattern.text().hashCode();
    int slot = slot(sum, pattern.kind().code(), table.length);
    for (int i = table[slot]; i != Patterns.NONE; i = table[slot]) {
      if (hash.get(i) == sum && is(i, pattern)) {
        return i;
      }
      slot = slot + 1 == table.length ? 0 : slot + 1;
    }
    table[slot] = hash.size();
    return add(pattern, sum);
  }

  Patterns build() {
    return Patterns.of(this);
  }

  String text() {
    return text.toString();
  }

  int[] start() {
    return start.toArray();
  }

  int[] hash() {
    return hash.toArray();
  }

  byte[] kind() {
    return Arrays.copyOf(kind, hash.size());
  }

  /** Where the search for a pattern begins: its hash spread evenly over the slots, whatever their number. */
  static int slot(int sum, int kind, int slots) {
    int mixed = (sum + kind) * 0x9E3779B9;
    mixed ^= mixed >>> 15;
    mixed *= 0x85EBCA6B;
    return (int) (((mixed & 0xffffffffL) * slots) >>> 32);
  }

  static int[] table(int[] hash, byte[] kind, int slots) {
    int[] table = emptyTable(slots);
    for (int i = 0; i < hash.length; i++) {
      int slot = slot(hash[i], kind[i], slots);
      while (table[slot] != Patterns.NONE) {
        slot = slot + 1 == slots ? 0 : slot + 1;
      }
      table[slot] = i;
    }
    return table;
  }

  private int add(StringPattern pattern, int sum) {
    int number = hash.size();
    text.append(pattern.text());
    start.add(text.length());
    hash.add(sum);
    if (number == kind.length) {
      kind = Arrays.copyOf(kind, number * 2);
    }
    kind[number] = pattern.kind().code();
    if (hash.size() * 2 > table.length) {
      table = table(hash.toArray(), kind, table.length * 2);
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

  private static int[] emptyTable(int slots) {
    int[] table = new int[slots];
    Arrays.fill(table, Patterns.NONE);
    return table;
  }
}
