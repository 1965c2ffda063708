package dev.countersign.advisories;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.maven.artifact.versioning.ComparableVersion;

/**
 * One advisory in the format of OSV, as far as it is about Maven's artifacts.
 *
 * @param id its name
 * @param summary what it is about
 * @param modified when somebody last changed it
 * @param affected which versions of what
 */
record Advisory(String id, String summary, Instant modified, List<JsonObject> affected) {

  /** All advisories below a directory, which must hold some: no data is not the same as nothing known. */
  static List<Advisory> in(Path directory) throws IOException {
    List<Advisory> advisories = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file :
          files.filter(name -> name.toString().endsWith(".json")).sorted().toList()) {
        JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        if (!json.has("withdrawn")) {
          advisories.add(of(json));
        }
      }
    }
    if (advisories.isEmpty()) {
      throw new IOException(directory + " holds no advisories");
    }
    return advisories;
  }

  private static Advisory of(JsonObject json) {
    List<JsonObject> affected = new ArrayList<>();
    for (JsonElement element : array(json, "affected")) {
      JsonObject entry = element.getAsJsonObject();
      if (entry.has("package")
          && entry.getAsJsonObject("package").get("ecosystem").getAsString().equals("Maven")) {
        affected.add(entry);
      }
    }
    return new Advisory(
        json.get("id").getAsString(),
        json.has("summary") ? json.get("summary").getAsString() : "",
        Instant.parse(json.get("modified").getAsString()),
        List.copyOf(affected));
  }

  /** Whether this version is one of those that it is about. */
  boolean affects(Component component) {
    return affected.stream()
        .filter(entry ->
            entry.getAsJsonObject("package").get("name").getAsString().equals(component.name()))
        .anyMatch(entry -> isAmong(entry, component.version()));
  }

  private static boolean isAmong(JsonObject entry, String version) {
    ComparableVersion asked = new ComparableVersion(version);
    for (JsonElement listed : array(entry, "versions")) {
      if (new ComparableVersion(listed.getAsString()).equals(asked)) {
        return true;
      }
    }
    for (JsonElement element : array(entry, "ranges")) {
      JsonObject range = element.getAsJsonObject();
      if (range.get("type").getAsString().equals("ECOSYSTEM")
          && isWithin(array(range, "events"), asked)) {
        return true;
      }
    }
    return false;
  }

  /** The events up to a version say whether it is affected: the last of them decides. */
  private static boolean isWithin(JsonArray events, ComparableVersion asked) {
    boolean affected = false;
    ComparableVersion last = null;
    for (JsonElement element : events) {
      for (var event : element.getAsJsonObject().entrySet()) {
        String text = event.getValue().getAsString();
        ComparableVersion at = new ComparableVersion(text);
        boolean zero = event.getKey().equals("introduced") && text.equals("0");
        boolean passed = event.getKey().equals("last_affected")
            ? at.compareTo(asked) < 0
            : zero || at.compareTo(asked) <= 0;
        if (passed && (last == null || zero || at.compareTo(last) >= 0)) {
          affected = event.getKey().equals("introduced");
          last = at;
        }
      }
    }
    return affected;
  }

  private static JsonArray array(JsonObject json, String key) {
    return json.has(key) ? json.getAsJsonArray(key) : new JsonArray();
  }
}
