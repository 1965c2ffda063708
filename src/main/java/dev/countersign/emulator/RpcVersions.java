package dev.countersign.emulator;

import java.util.Comparator;

/**
 * The RPC protocol versions that one side speaks, both ends included.
 *
 * @param oldest the lowest
 * @param newest the highest
 */
record RpcVersions(Version oldest, Version newest) {
  /** What every ALTS library of today speaks, and what one that says nothing is taken to speak. */
  static final RpcVersions USUAL = only(2, 1);

  /** One version, ordered by its major number first. */
  record Version(int major, int minor) implements Comparable<Version> {
    private static final Comparator<Version> ORDER =
        Comparator.comparingInt(Version::major).thenComparingInt(Version::minor);

    @Override
    public int compareTo(Version other) {
      return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
      return major + "." + minor;
    }
  }

  static RpcVersions only(int major, int minor) {
    Version version = new Version(major, minor);
    return new RpcVersions(version, version);
  }

  /** Whether some version is spoken by both sides. */
  boolean overlaps(RpcVersions other) {
    return oldest.compareTo(other.newest) <= 0 && other.oldest.compareTo(newest) <= 0;
  }

  @Override
  public String toString() {
    return oldest + " to " + newest;
  }
}
