package dev.countersign.demo;

import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The features that a route guide knows. Immutable. Found by point through a hash, by rectangle through the order of
 * their latitudes. Several features may stand at one point: all are listed, and the first with a name answers for it.
 */
public final class Places {
  private static final String BUNDLED = "places.json";

  private final List<Feature> byLatitude;
  private final Map<Long, Feature> byPosition = new HashMap<>();

  Places(List<Feature> features) {
    byLatitude = features.stream()
        .sorted(Comparator.comparingInt(feature -> feature.getLocation().getLatitude()))
        .toList();
    for (Feature feature : features) {
      byPosition.merge(
          Coordinates.position(feature.getLocation()),
          feature,
          (known, other) -> known.getName().isEmpty() ? other : known);
    }
  }

  /**
   * Reads the format of the gRPC tutorials, {@code {"feature": [{"location": {"latitude": 1, "longitude": 2}, "name":
   * "a"}]}} or the list alone, with coordinates in units of 1e-7 degrees. As in protobuf's JSON mapping, a coordinate
   * that is left out is 0 and a name that is left out is empty; anything else that is missing or unknown is refused.
   *
   * @throws PlacesException if the file cannot be used, with its line and column
   */
  public static Places load(Path file) throws PlacesException {
    try (InputStream in = Files.newInputStream(file)) {
      return new Places(PlacesReader.read(file.toString(), in));
    } catch (PlacesException e) {
      throw e;
    } catch (IOException e) {
      PlacesException unreadable = new PlacesException(
          PlacesException.Reason.UNREADABLE,
          "places file \"" + Quoted.file(file.toString()) + "\" cannot be read: "
              + e.getClass().getSimpleName());
      unreadable.initCause(e);
      throw unreadable;
    }
  }

  /** A few well-known places all over the world, which come with the demo. */
  public static Places bundled() {
    try (InputStream in =
        Objects.requireNonNull(Places.class.getResourceAsStream(BUNDLED), BUNDLED)) {
      return new Places(PlacesReader.read(BUNDLED, in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The number of features, with those that have no name. */
  public int size() {
    return byLatitude.size();
  }

  Optional<Feature> at(Point point) {
    return Optional.ofNullable(byPosition.get(Coordinates.position(point)));
  }

  boolean isNamed(Point point) {
    return at(point).filter(feature -> !feature.getName().isEmpty()).isPresent();
  }

  /** The features of an area that have a name, from south to north, looked up as they are taken. */
  Iterator<Feature> namedWithin(Area area) {
    return IntStream.range(firstAtOrAbove(area.south()), firstAtOrAbove(area.north() + 1))
        .mapToObj(byLatitude::get)
        .filter(feature -> area.spans(feature.getLocation().getLongitude()))
        .filter(feature -> !feature.getName().isEmpty())
        .iterator();
  }

  private int firstAtOrAbove(int latitude) {
    int low = 0;
    int high = byLatitude.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (byLatitude.get(middle).getLocation().getLatitude() < latitude) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
