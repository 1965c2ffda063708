package dev.countersign.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CoordinatesTest {
  @ParameterizedTest
  @CsvSource({
    "0,0, 0,0, 0",
    // A quarter, and half, of a meridian of a sphere of radius 6371000 m.
    "0,0, 900000000,0, 10007543.398",
    "-900000000,0, 900000000,0, 20015086.796",
    "0,-1800000000, 0,1800000000, 0",
    "0,-900000000, 0,900000000, 20015086.796",
    // Half a degree of the equator across the antimeridian.
    "0,1797500000, 0,-1797500000, 55597.463"
  })
  void distanceFollowsTheGreatCircle(int lat1, int lon1, int lat2, int lon2, double metres) {
    assertThat(Coordinates.distance(point(lat1, lon1), point(lat2, lon2)))
        .isCloseTo(metres, within(0.01));
  }

  @ParameterizedTest
  @CsvSource({
    "900000000, 1800000000, true",
    "-900000000, -1800000000, true",
    "900000001, 0, false",
    "-900000001, 0, false",
    "0, 1800000001, false",
    "0, -1800000001, false",
    "-2147483648, 0, false",
    "0, -2147483648, false"
  })
  void onlyPointsOnEarthAreValid(int latitude, int longitude, boolean valid) {
    assertThat(Coordinates.problem(point(latitude, longitude)).isEmpty()).isEqualTo(valid);
  }

  @Test
  void positionsOfDifferentPointsDiffer() {
    assertThat(Coordinates.position(point(1, -1))).isNotEqualTo(Coordinates.position(point(0, -1)));
    assertThat(Coordinates.position(point(1, 2))).isNotEqualTo(Coordinates.position(point(2, 1)));
    assertThat(Coordinates.position(point(-1, 5))).isEqualTo(Coordinates.position(point(-1, 5)));
  }

  @Test
  void areaIsTheSameWhateverTheOrderOfItsCorners() {
    Area expected = new Area(-3, -7, 5, 9);
    assertThat(area(point(-3, -7), point(5, 9))).isEqualTo(expected);
    assertThat(area(point(5, 9), point(-3, -7))).isEqualTo(expected);
    assertThat(area(point(-3, 9), point(5, -7))).isEqualTo(expected);
  }

  @Test
  void areaNeedsBothCorners() {
    Rectangle half = Rectangle.newBuilder().setLo(point(1, 1)).build();
    StatusRuntimeException refused =
        catchThrowableOfType(StatusRuntimeException.class, () -> Area.between(half));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refused).hasMessageContaining("\"hi\"");
  }

  private static Area area(Point lo, Point hi) {
    return Area.between(Rectangle.newBuilder().setLo(lo).setHi(hi).build());
  }

  private static Point point(int latitude, int longitude) {
    return Point.newBuilder().setLatitude(latitude).setLongitude(longitude).build();
  }
}
