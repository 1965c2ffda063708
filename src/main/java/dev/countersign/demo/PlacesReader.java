package dev.countersign.demo;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.countersign.demo.PlacesException.Reason;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a list of features from JSON in one pass, and says where it is wrong. */
final class PlacesReader {
  static final int MAX_FEATURES = 200_000;
  static final int MAX_NAME_LENGTH = 1_000;
  private static final long MAX_BYTES = 64L << 20;
  private static final String LIST = "feature";

  private static final JsonFactory JSON = JsonFactory.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxDocumentLength(MAX_BYTES)
          .maxStringLength(64 * MAX_NAME_LENGTH)
          .maxNestingDepth(8)
          .build())
      .build();

  private final String file;
  private final JsonParser json;
  private final List<Feature> features = new ArrayList<>();

  private PlacesReader(String file, JsonParser json) {
    this.file = Quoted.file(file);
    this.json = json;
  }

  static List<Feature> read(String file, InputStream in) throws IOException {
    // RFC 8259 section 8.1; of bytes the parser would guess an encoding.
    Reader text = new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder());
    try (JsonParser json = JSON.createParser(text)) {
      PlacesReader reader = new PlacesReader(file, json);
      try {
        reader.readAll();
      } catch (CharacterCodingException e) {
        throw reader.problem(Reason.NOT_JSON, json.currentLocation(), "text is not UTF-8");
      } catch (JacksonException e) {
        throw reader.notJson(e);
      }
      return reader.features;
    }
  }

  private void readAll() throws IOException {
    JsonToken first = json.nextToken();
    if (first == null) {
      throw problem(Reason.WRONG_SHAPE, "there is nothing (expected the key \"feature\")");
    }
    if (first == JsonToken.START_ARRAY) {
      readList();
    } else {
      readDatabase();
    }
    if (json.nextToken() != null) {
      throw problem(Reason.TRAILING_TEXT, "text follows the features");
    }
  }

  private void readDatabase() throws IOException {
    expect(JsonToken.START_OBJECT, "file", "an object or a list");
    boolean found = false;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      if (!json.currentName().equals(LIST)) {
        throw unknownKey("file", LIST);
      }
      expectNext(JsonToken.START_ARRAY, LIST, "a list");
      readList();
      found = true;
    }
    if (!found) {
      throw problem(Reason.WRONG_SHAPE, "file has no key \"feature\"");
    }
  }

  private void readList() throws IOException {
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (features.size() == MAX_FEATURES) {
        throw problem(
            Reason.TOO_LARGE,
            "file has more than " + MAX_FEATURES + " features (the most allowed)");
      }
      features.add(readFeature("feature[" + features.size() + "]"));
    }
  }

  private Feature readFeature(String where) throws IOException {
    expect(JsonToken.START_OBJECT, where, "an object");
    Feature.Builder feature = Feature.newBuilder();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      switch (json.currentName()) {
        case "location" -> feature.setLocation(readPoint(where + ".location"));
        case "name" -> feature.setName(readName(where + ".name"));
        default -> throw unknownKey(where, "location, name");
      }
    }
    if (!feature.hasLocation()) {
      throw problem(Reason.WRONG_SHAPE, where + " has no location");
    }
    return feature.build();
  }

  private Point readPoint(String where) throws IOException {
    expectNext(JsonToken.START_OBJECT, where, "an object");
    Point.Builder point = Point.newBuilder();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      switch (json.currentName()) {
        case "latitude" -> point.setLatitude(readCoordinate(where + ".latitude"));
        case "longitude" -> point.setLongitude(readCoordinate(where + ".longitude"));
        default -> throw unknownKey(where, "latitude, longitude");
      }
      // While the parser still stands at the number, so that the position is the number's.
      Optional<String> problem = Coordinates.problem(point.buildPartial());
      if (problem.isPresent()) {
        throw problem(Reason.OUT_OF_RANGE, where + ": " + problem.get());
      }
    }
    return point.build();
  }

  private int readCoordinate(String where) throws IOException {
    expectNext(JsonToken.VALUE_NUMBER_INT, where, "a whole number of 1e-7 degrees");
    if (json.getNumberType() != JsonParser.NumberType.INT) {
      throw problem(
          Reason.OUT_OF_RANGE,
          where + " is out of range: " + Quoted.bare(json.getText())
              + " (a 32-bit number of 1e-7 degrees)");
    }
    return json.getIntValue();
  }

  private String readName(String where) throws IOException {
    expectNext(JsonToken.VALUE_STRING, where, "a string");
    if (json.getTextLength() > MAX_NAME_LENGTH) {
      throw problem(
          Reason.TOO_LARGE,
          where + " is too long: " + json.getTextLength() + " characters (at most "
              + MAX_NAME_LENGTH + ")");
    }
    return json.getText();
  }

  private void expectNext(JsonToken token, String where, String what) throws IOException {
    json.nextToken();
    expect(token, where, what);
  }

  private void expect(JsonToken token, String where, String what) throws PlacesException {
    if (json.currentToken() != token) {
      throw problem(
          Reason.WRONG_SHAPE,
          where + " is " + found(json.currentToken()) + " (expected " + what + ")");
    }
  }

  private static String found(@Nullable JsonToken token) {
    if (token == null) {
      return "missing";
    }
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT -> "a whole number";
      case VALUE_NUMBER_FLOAT -> "a number with a fraction";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      case VALUE_NULL -> "null";
      default -> "something else";
    };
  }

  private PlacesException unknownKey(String where, String known) throws IOException {
    return problem(
        Reason.UNKNOWN_KEY,
        where + " has unknown key " + Quoted.key(json.currentName()) + " (known: " + known + ")");
  }

  private PlacesException problem(Reason reason, String message) {
    return problem(reason, json.currentTokenLocation(), message);
  }

  private PlacesException problem(Reason reason, JsonLocation at, String message) {
    return new PlacesException(
        reason, file + ":" + at.getLineNr() + ":" + at.getColumnNr() + ": " + message);
  }

  private PlacesException notJson(JacksonException e) {
    JsonLocation at = e.getLocation() == null ? json.currentLocation() : e.getLocation();
    Reason reason = e instanceof StreamConstraintsException ? Reason.TOO_LARGE : Reason.NOT_JSON;
    return problem(reason, at, "does not parse: " + Quoted.bare(e.getOriginalMessage()));
  }
}
