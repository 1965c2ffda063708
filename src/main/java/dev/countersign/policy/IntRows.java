package dev.countersign.policy;

/** A table of integers with rows of different lengths, flat in memory. */
final class IntRows {
  private final int[] start;
  private final int[] values;

  private IntRows(int[] start, int[] values) {
    this.start = start;
    this.values = values;
  }

  int length(int row) {
    return start[row + 1] - start[row];
  }

  int get(int row, int column) {
    return values[start[row] + column];
  }

  /** Rows, one after another. */
  static final class Builder {
    private final IntList start = new IntList();
    private final IntList values = new IntList();

    Builder() {
      start.add(0);
    }

    void add(int value) {
      values.add(value);
    }

    void endRow() {
      start.add(values.size());
    }

    IntRows build() {
      return new IntRows(start.toArray(), values.toArray());
    }
  }
}
