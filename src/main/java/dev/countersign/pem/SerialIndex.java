package dev.countersign.pem;

import java.util.Arrays;

/**
 * Finds serial numbers in the DER of a revocation list, in a table of their offsets that is at most half full: a look-up
 * touches one or two places in memory, where a sorted index would touch twenty. The authority chooses its serials, and
 * it signs the list: it could slow down nobody but those who believe it.
 */
final class SerialIndex {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final byte[] der;

  /** Offsets of the integers; 0, where no entry can be, is a free place. */
  private final int[] table;

  private final int size;

  /**
   * An index; a serial that occurs twice is kept once.
   *
   * @param offsets where the serials' DER begins; only the first {@code size} count. Serials are shorter than 128 bytes
   */
  SerialIndex(byte[] der, int[] offsets, int size) {
    this.der = der;
    this.size = size;
    this.table = new int[Integer.highestOneBit(Math.max(1, size)) << 2];
    for (int i = 0; i < size; i++) {
      int content = offsets[i] + 2;
      int place = find(der, content, der[offsets[i] + 1]);
      if (table[place] == 0) {
        table[place] = offsets[i];
      }
    }
  }

  /** How many entries there are, those that occur twice included. */
  int size() {
    return size;
  }

  /** Where the DER of a serial begins, or -1. */
  int find(byte[] serial) {
    int offset = table[find(serial, 0, serial.length)];
    return offset == 0 ? -1 : offset;
  }

  /** The place of a serial, or the free one where it would be. */
  private int find(byte[] bytes, int from, int length) {
    int place = place(bytes, from, length);
    while (table[place] != 0) {
      int content = table[place] + 2;
      int end = content + der[table[place] + 1];
      if (Arrays.equals(der, content, end, bytes, from, from + length)) {
        return place;
      }
      place = (place + 1) & (table.length - 1);
    }
    return place;
  }

  private int place(byte[] bytes, int from, int length) {
    long hash = FNV_OFFSET;
    for (int i = from; i < from + length; i++) {
      hash = (hash ^ bytes[i]) * FNV_PRIME;
    }
    return (int) (hash ^ (hash >>> 32)) & (table.length - 1);
  }
}
