package dev.countersign.policy;

import java.util.Arrays;

/** From a pair of numbers to a number: a hash table without objects, 18 bytes an entry once it is trimmed. */
final class PairTable {
  /** What {@link #get} answers for a pair that is not there; nothing else may be stored as it. */
  static final int NONE = Integer.MIN_VALUE;

  private static final long FREE = -1;

  private long[] keys;
  private int[] values;
  private int size;

  PairTable() {
    keys = freeKeys(16);
    values = new int[16];
  }

  int get(int first, int second) {
    int slot = slot(keys, key(first, second));
    return keys[slot] == FREE ? NONE : values[slot];
  }

  void put(int first, int second, int value) {
    long key = key(first, second);
    int slot = slot(keys, key);
    if (keys[slot] == FREE) {
      if (2 * ++size > keys.length) {
        resize(keys.length * 2);
        slot = slot(keys, key);
      }
      keys[slot] = key;
    }
    values[slot] = value;
  }

  /** Gives back the memory that growing took in advance. */
  void trim() {
    resize(size + size / 2 + 1);
  }

  private void resize(int slots) {
    long[] newKeys = freeKeys(slots);
    int[] newValues = new int[slots];
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != FREE) {
        int slot = slot(newKeys, keys[i]);
        newKeys[slot] = keys[i];
        newValues[slot] = values[i];
      }
    }
    keys = newKeys;
    values = newValues;
  }

  private static long key(int first, int second) {
    return ((long) first << 32) | second;
  }

  private static int slot(long[] keys, long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
    int slot = (int) (((mixed >>> 32) * keys.length) >>> 32);
    while (keys[slot] != FREE && keys[slot] != key) {
      slot = slot + 1 == keys.length ? 0 : slot + 1;
    }
    return slot;
  }

  private static long[] freeKeys(int slots) {
    long[] keys = new long[slots];
    Arrays.fill(keys, FREE);
    return keys;
  }
}
