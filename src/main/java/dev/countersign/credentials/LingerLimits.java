package dev.countersign.credentials;

/** How long a connection that we have ended goes on hearing its peer. */
final class LingerLimits {
  /** A round trip, of people far away as well: by then a peer that means well has heard of the end. */
  static final long MILLIS = 500;

  /** As much as grpc-java's widest window lets a peer send before it hears anything. */
  static final long MOST_BYTES = 8 << 20;

  private LingerLimits() {}
}
