package dev.countersign.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import dev.countersign.demo.PlacesException.Reason;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

final class PlacesTest {
  private static final String VECTORS = "/vectors/places.csv";
  private static final Area EARTH =
      new Area(-900_000_000, -1_800_000_000, 900_000_000, 1_800_000_000);

  @TempDir
  Path directory;

  @ParameterizedTest
  @CsvFileSource(resources = VECTORS, numLinesToSkip = 1, quoteCharacter = '`')
  void loadsTheFormatOfTheTutorialsAndNothingElse(
      String input, String verdict, String reason, String message) throws Exception {
    Path file = Files.writeString(directory.resolve("p.json"), input.replace("\\n", "\n"));
    if (verdict.equals("valid")) {
      assertThat(Places.load(file).size()).isEqualTo(Integer.parseInt(message));
    } else {
      PlacesException refused = refusal(file);
      assertThat(refused.reason()).isEqualTo(Reason.valueOf(reason));
      assertThat(refused).hasMessageStartingWith(file + message);
    }
  }

  @Test
  void everyReasonOccurs() throws Exception {
    Set<Reason> seen = EnumSet.noneOf(Reason.class);
    // The two that need a file of a kind that a table cannot hold, tested below.
    seen.add(Reason.UNREADABLE);
    seen.add(Reason.TOO_LARGE);
    String table = new String(PlacesTest.class.getResourceAsStream(VECTORS).readAllBytes(), UTF_8);
    for (Reason reason : Reason.values()) {
      if (table.contains(",refused," + reason + ",")) {
        seen.add(reason);
      }
    }
    assertThat(seen).containsExactlyInAnyOrder(Reason.values());
  }

  @Test
  void refusesMissingFile() {
    PlacesException refused = refusal(directory.resolve("absent.json"));
    assertThat(refused.reason()).isEqualTo(Reason.UNREADABLE);
    assertThat(refused).hasMessageContaining("absent.json").hasMessageContaining("NoSuchFile");
  }

  @Test
  void refusesOneCharacterMoreThanANameMayHave() throws Exception {
    Path longest = named("n".repeat(PlacesReader.MAX_NAME_LENGTH), UTF_8);
    assertThat(Places.load(longest).size()).isEqualTo(1);
    Path longer = named("n".repeat(PlacesReader.MAX_NAME_LENGTH + 1), UTF_8);
    assertThat(refusal(longer).reason()).isEqualTo(Reason.TOO_LARGE);
    Path huge = named("n".repeat(1 << 20), UTF_8);
    assertThat(refusal(huge).reason()).isEqualTo(Reason.TOO_LARGE);
  }

  @Test
  void refusesOneFeatureMoreThanAFileMayHave() throws Exception {
    String feature = "{\"location\":{}},";
    String most = feature.repeat(PlacesReader.MAX_FEATURES - 1) + "{\"location\":{}}";
    Path file = directory.resolve("p.json");
    assertThat(Places.load(Files.writeString(file, "[" + most + "]")).size())
        .isEqualTo(PlacesReader.MAX_FEATURES);
    assertThat(refusal(Files.writeString(file, "[" + feature + most + "]")).reason())
        .isEqualTo(Reason.TOO_LARGE);
  }

  @Test
  void refusesTextInAnotherEncoding() throws Exception {
    assertThat(Places.load(named("Köln", UTF_8)).size()).isEqualTo(1);
    assertThat(refusal(named("Köln", ISO_8859_1)).reason()).isEqualTo(Reason.NOT_JSON);
  }

  @Test
  void bundledPlacesAreOnEarthAndHaveAccents() {
    Places places = Places.bundled();
    assertThat(places.size()).isEqualTo(24);
    List<Feature> named = ImmutableList.copyOf(places.namedWithin(EARTH));
    assertThat(named).hasSize(21);
    assertThat(named).extracting(Feature::getName).contains("Sagrada Família, Barcelona, Spain");
  }

  @Test
  void firstNamedFeatureAnswersForItsPoint() {
    Places places = new Places(List.of(feature(1, 2, ""), feature(1, 2, "a"), feature(1, 2, "b")));
    assertThat(places.at(point(1, 2)).orElseThrow().getName()).isEqualTo("a");
    assertThat(places.at(point(2, 1))).isEmpty();
    assertThat(places.isNamed(point(1, 2))).isTrue();
  }

  @Test
  void rectangleFindsWhatLookingAtEveryFeatureFinds() {
    Random random = new Random(20261122);
    List<Feature> features = IntStream.range(0, 500)
        .mapToObj(i ->
            feature(random.nextInt(-20, 21), random.nextInt(-20, 21), i % 3 == 0 ? "" : "f" + i))
        .toList();
    Places places = new Places(features);
    for (int i = 0; i < 1_000; i++) {
      int south = random.nextInt(-22, 23);
      int west = random.nextInt(-22, 23);
      Area area = new Area(south, west, random.nextInt(south, 24), random.nextInt(west, 24));
      assertThat(ImmutableList.copyOf(places.namedWithin(area)))
          .as("%s", area)
          .containsExactlyInAnyOrderElementsOf(features.stream()
              .filter(f -> !f.getName().isEmpty())
              .filter(f -> inside(area, f.getLocation()))
              .toList());
    }
  }

  private static boolean inside(Area area, Point point) {
    return point.getLatitude() >= area.south()
        && point.getLatitude() <= area.north()
        && point.getLongitude() >= area.west()
        && point.getLongitude() <= area.east();
  }

  private Path named(String name, Charset charset) throws Exception {
    String json = "[{\"location\":{\"latitude\":1},\"name\":\"" + name + "\"}]";
    return Files.writeString(directory.resolve("named.json"), json, charset);
  }

  private static PlacesException refusal(Path file) {
    return catchThrowableOfType(PlacesException.class, () -> Places.load(file));
  }

  private static Point point(int latitude, int longitude) {
    return Point.newBuilder().setLatitude(latitude).setLongitude(longitude).build();
  }

  private static Feature feature(int latitude, int longitude, String name) {
    return Feature.newBuilder()
        .setLocation(point(latitude, longitude))
        .setName(name)
        .build();
  }
}
