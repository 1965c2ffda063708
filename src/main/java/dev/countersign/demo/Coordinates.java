package dev.countersign.demo;

import dev.countersign.demo.routeguide.Point;
import io.grpc.Status;
import java.util.Optional;

/** Points of the route guide, in units of 1e-7 degrees: which exist, and how far apart they are. */
final class Coordinates {
  private static final int MAX_LATITUDE = 900_000_000;
  private static final int MAX_LONGITUDE = 1_800_000_000;
  private static final double UNITS_PER_DEGREE = 1e7;

  /** The radius in metres that the gRPC tutorials calculate with. */
  private static final double EARTH_RADIUS = 6_371_000;

  private Coordinates() {}

  /** Why there is no such point on Earth, or empty if there is. */
  static Optional<String> problem(Point point) {
    if (Math.abs((long) point.getLatitude()) > MAX_LATITUDE) {
      return Optional.of(outOfRange("latitude", point.getLatitude(), MAX_LATITUDE));
    }
    if (Math.abs((long) point.getLongitude()) > MAX_LONGITUDE) {
      return Optional.of(outOfRange("longitude", point.getLongitude(), MAX_LONGITUDE));
    }
    return Optional.empty();
  }

  /**
   * The point, stripped of everything but its position, so that what a sender hides in unknown fields is not kept.
   *
   * @throws io.grpc.StatusRuntimeException {@code INVALID_ARGUMENT}, if there is no such point
   */
  static Point require(Point point) {
    problem(point).ifPresent(problem -> {
      throw Status.INVALID_ARGUMENT.withDescription(problem).asRuntimeException();
    });
    return Point.newBuilder()
        .setLatitude(point.getLatitude())
        .setLongitude(point.getLongitude())
        .build();
  }

  /** Both coordinates in one number, unique for each point. */
  static long position(Point point) {
    return (long) point.getLatitude() << Integer.SIZE
        | Integer.toUnsignedLong(point.getLongitude());
  }

  /** The distance along the surface in metres, by the haversine formula. */
  static double distance(Point from, Point to) {
    double fromLatitude = radians(from.getLatitude());
    double toLatitude = radians(to.getLatitude());
    double sinLatitude = Math.sin((toLatitude - fromLatitude) / 2);
    double sinLongitude = Math.sin(radians((long) to.getLongitude() - from.getLongitude()) / 2);
    double haversine = sinLatitude * sinLatitude
        + Math.cos(fromLatitude) * Math.cos(toLatitude) * sinLongitude * sinLongitude;
    // Rounding can lift the haversine of two opposite points above 1, which has no arc.
    return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(Math.min(1, haversine)));
  }

  private static double radians(long units) {
    return Math.toRadians(units / UNITS_PER_DEGREE);
  }

  private static String outOfRange(String what, int found, int limit) {
    return what + " is out of range: " + found + " (-" + limit + " to " + limit
        + ", in units of 1e-7 degrees)";
  }
}
