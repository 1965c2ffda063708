package dev.countersign.demo;

import dev.countersign.text.Quoted;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Map;
import java.util.regex.Pattern;

/** What a device controller accepts and keeps, so that no caller can make it grow without end. */
final class DeviceLimits {
  static final int MAX_DEVICES = 1_000;
  static final int MAX_SETTINGS = 32;
  static final int MAX_METRICS = 32;
  static final int MAX_FOLLOWERS = 100;
  static final int MAX_NAME_LENGTH = 64;
  static final int MAX_VALUE_LENGTH = 1_024;

  /** A path segment of a SPIFFE id (SPIFFE-ID section 2.2), so that an id cannot name a path of another depth. */
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1," + MAX_NAME_LENGTH + "}");

  private DeviceLimits() {}

  static String deviceId(String id) {
    if (id.equals(".") || id.equals("..")) {
      throw invalid("device id " + Quoted.of(id) + " is a dot segment");
    }
    return name("device id", id);
  }

  static void settings(Map<String, String> settings) {
    settings.forEach((key, value) -> {
      name("setting", key);
      if (value.length() > MAX_VALUE_LENGTH) {
        throw invalid("value of setting \"" + key + "\" is too long: " + value.length()
            + " characters (at most " + MAX_VALUE_LENGTH + ")");
      }
    });
    atMost(MAX_SETTINGS, settings.size(), "settings");
  }

  static void measurement(String metric, double value) {
    name("metric", metric);
    if (!Double.isFinite(value)) {
      throw invalid("value of metric \"" + metric + "\" is not a finite number: " + value);
    }
  }

  /**
   * Refuses a collection that would grow too large.
   *
   * @throws StatusRuntimeException {@code RESOURCE_EXHAUSTED}
   */
  static void atMost(int limit, int count, String what) {
    if (count > limit) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("too many " + what + " (at most " + limit + ")")
          .asRuntimeException();
    }
  }

  static StatusRuntimeException invalid(String description) {
    return Status.INVALID_ARGUMENT.withDescription(description).asRuntimeException();
  }

  private static String name(String what, String name) {
    if (!NAME.matcher(name).matches()) {
      throw invalid(what + " is not a name: " + Quoted.of(name) + " (1 to " + MAX_NAME_LENGTH
          + " characters of a-z A-Z 0-9 . - _)");
    }
    return name;
  }
}
