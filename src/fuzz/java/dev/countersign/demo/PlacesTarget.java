package dev.countersign.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

/** {@link PlacesReader}: what was read is printed and read again, and every place is on Earth. */
public final class PlacesTarget implements Target {
  @Override
  public void read(byte[] input) throws IOException {
    List<Feature> features;
    try {
      features = PlacesReader.read("input", new ByteArrayInputStream(input));
    } catch (PlacesException e) {
      Claims.message(e.getMessage());
      return;
    }
    for (Feature feature : features) {
      Claims.that(Coordinates.problem(feature.getLocation()).isEmpty(), "a place is on Earth");
    }
    List<Feature> again = PlacesReader.read("printed", new ByteArrayInputStream(print(features)));
    Claims.same(again, features, "places are read as they are printed");
    Claims.same(new Places(features).size(), features.size(), "no place is lost");
  }

  private static byte[] print(List<Feature> features) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.writeStartArray();
      for (Feature feature : features) {
        json.writeStartObject();
        json.writeStringField("name", feature.getName());
        json.writeObjectFieldStart("location");
        json.writeNumberField("latitude", feature.getLocation().getLatitude());
        json.writeNumberField("longitude", feature.getLocation().getLongitude());
        json.writeEndObject();
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    return out.toByteArray();
  }

  @Override
  public List<byte[]> seeds() {
    return Claims.inputs(
        "{\"feature\":[{\"location\":{\"latitude\":1,\"longitude\":-2},\"name\":\"\\u00e9\"}]}",
        "[{\"location\":{}},{\"location\":{\"latitude\":900000001}}]",
        "{\"feature\":[]} x");
  }
}
