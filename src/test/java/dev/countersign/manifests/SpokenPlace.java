package dev.countersign.manifests;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * {@code transport=host:port} of a variable: where a server listens, or what a client calls.
 *
 * @param transport what is spoken there
 * @param host the host, empty for a listener
 * @param port the port
 */
record SpokenPlace(String transport, String host, int port) {
  static List<SpokenPlace> listeners(Map<String, String> environment) {
    return all(environment.getOrDefault("COUNTERSIGN_LISTEN", ""));
  }

  static List<SpokenPlace> targets(Map<String, String> environment) {
    return all(environment.getOrDefault("COUNTERSIGN_TARGET", ""));
  }

  private static List<SpokenPlace> all(String value) {
    return Arrays.stream(value.split(","))
        .filter(each -> !each.isEmpty())
        .map(SpokenPlace::parse)
        .toList();
  }

  static SpokenPlace parse(String text) {
    String place = text.substring(text.indexOf('=') + 1);
    int colon = place.lastIndexOf(':');
    return new SpokenPlace(
        text.contains("=") ? text.substring(0, text.indexOf('=')) : "auto",
        place.substring(0, colon),
        Integer.parseInt(place.substring(colon + 1)));
  }
}
