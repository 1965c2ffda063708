package dev.countersign.cli;

import io.grpc.Metadata;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** {@code --header k=v}, as often as needed; the value of a key that ends in {@code -bin} is base64. */
final class Headers {
  private static final Pattern NAME = Pattern.compile("[0-9a-z_.-]+");
  private static final Pattern VALUE = Pattern.compile("[ -~]*");
  private static final String BINARY = Metadata.BINARY_HEADER_SUFFIX;

  @Option(
      names = "--header",
      paramLabel = "KEY=VALUE",
      description = "Request metadata; may be repeated. A value for a key in -bin is base64.")
  private List<String> typed = List.of();

  /** The values of each key, in the order typed. */
  Map<String, List<String>> byName() {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String header : typed) {
      int equals = header.indexOf('=');
      if (equals < 1) {
        throw wrong(header, "is not KEY=VALUE");
      }
      String name = header.substring(0, equals).toLowerCase(Locale.ROOT);
      String value = header.substring(equals + 1);
      check(header, name, value);
      values.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
    }
    return values;
  }

  /** The same as a policy sees them: repeated values joined, base64 without padding (gRFC A41). */
  Map<String, String> asPolicySeesThem() {
    Map<String, String> joined = new LinkedHashMap<>();
    byName()
        .forEach((name, values) -> joined.put(
            name,
            values.stream()
                .map(value -> name.endsWith(BINARY) ? value.replace("=", "") : value)
                .collect(Collectors.joining(","))));
    return joined;
  }

  /** The same for a call. */
  Metadata metadata() {
    Metadata metadata = new Metadata();
    byName().forEach((name, values) -> values.forEach(value -> put(metadata, name, value)));
    return metadata;
  }

  private static void put(Metadata metadata, String name, String value) {
    if (name.endsWith(BINARY)) {
      metadata.put(
          Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER),
          Base64.getDecoder().decode(value));
    } else {
      metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    }
  }

  private static void check(String header, String name, String value) {
    if (!NAME.matcher(name).matches() || name.equals(BINARY)) {
      throw wrong(
          header,
          "has a key that is not allowed (allowed: a-z 0-9 _ . -, and something before -bin)");
    }
    if (name.startsWith("grpc-")) {
      throw wrong(header, "has a key that gRPC keeps to itself (\"grpc-\")");
    }
    if (name.endsWith(BINARY) ? !isBase64(value) : !VALUE.matcher(value).matches()) {
      throw wrong(
          header,
          name.endsWith(BINARY)
              ? "has a value that is not base64"
              : "has a value that is not printable ASCII");
    }
  }

  private static boolean isBase64(String value) {
    try {
      return Base64.getDecoder().decode(value) != null;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  private static CommandException wrong(String header, String problem) {
    // The value may be a token: only the key is shown.
    String key = header.split("=", 2)[0];
    return CommandException.usage("--header " + Printable.quoted(key) + " " + problem);
  }
}
