package dev.countersign.policy;

import java.util.Arrays;

/**
 * From a pair of numbers to a number: a hash table without objects, key beside value, 24 bytes an entry once it is
 * trimmed.
 */
final class PairTable {
  /** What {@link #get} answers for a pair that is not there; nothing else may be stored as it. */
  static final int NONE = Integer.MIN_VALUE;

  private static final long FREE = -1;

  /** Key and value by turns. */
  private long[] table = free(16);

  private int size;

  int get(int first, int second) {
    int at = find(table, key(first, second));
    return table[at] == FREE ? NONE : (int) table[at + 1];
  }

  void put(int first, int second, int value) {
    long key = key(first, second);
    int at = find(table, key);
    if (table[at] == FREE) {
      if (4L * ++size > table.length) {
        resize(table.length);
        at = find(table, key);
      }
      table[at] = key;
    }
    table[at + 1] = value;
  }

  /** Gives back the memory that growing took in advance. */
  void trim() {
    resize(size + size / 2 + 1);
  }

  private void resize(int slots) {
    long[] resized = free(slots);
    for (int i = 0; i < table.length; i += 2) {
      if (table[i] != FREE) {
        int at = find(resized, table[i]);
        resized[at] = table[i];
        resized[at + 1] = table[i + 1];
      }
    }
    table = resized;
  }

  private static long key(int first, int second) {
    return ((long) first << 32) | second;
  }

  private static int find(long[] table, long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
    int slots = table.length / 2;
    int at = 2 * (int) (((mixed >>> 32) * slots) >>> 32);
    while (table[at] != FREE && table[at] != key) {
      at = at + 2 == table.length ? 0 : at + 2;
    }
    return at;
  }

  private static long[] free(int slots) {
    long[] table = new long[2 * slots];
    Arrays.fill(table, FREE);
    return table;
  }
}
