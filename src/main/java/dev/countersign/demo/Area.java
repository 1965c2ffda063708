package dev.countersign.demo;

import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import io.grpc.Status;

/**
 * A rectangle with its corners sorted; edges belong to it. As in the tutorials it never crosses the antimeridian: it
 * is always the side between the smaller and the larger longitude.
 */
record Area(int south, int west, int north, int east) {

  /**
   * The area between two opposite corners, in any order.
   *
   * @throws io.grpc.StatusRuntimeException {@code INVALID_ARGUMENT}, if a corner is missing or no point on Earth
   */
  static Area between(Rectangle rectangle) {
    if (!rectangle.hasLo() || !rectangle.hasHi()) {
      throw Status.INVALID_ARGUMENT
          .withDescription("rectangle has no corner \"" + (rectangle.hasLo() ? "hi" : "lo") + "\"")
          .asRuntimeException();
    }
    Point a = Coordinates.require(rectangle.getLo());
    Point b = Coordinates.require(rectangle.getHi());
    return new Area(
        Math.min(a.getLatitude(), b.getLatitude()),
        Math.min(a.getLongitude(), b.getLongitude()),
        Math.max(a.getLatitude(), b.getLatitude()),
        Math.max(a.getLongitude(), b.getLongitude()));
  }

  boolean spans(int longitude) {
    return west <= longitude && longitude <= east;
  }
}
