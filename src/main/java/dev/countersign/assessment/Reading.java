package dev.countersign.assessment;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server says of itself at one moment, on the admin port.
 *
 * @param connections open ones
 * @param residentBytes of its process
 * @param heapBytes in use, garbage included
 * @param aborted connections that it broke off for abuse, since it started
 * @param refused connections whose handshake it refused or broke off, since it started
 */
record Reading(long connections, long residentBytes, long heapBytes, long aborted, long refused) {
  private static final Pattern SAMPLE =
      Pattern.compile("^(\\w+)(\\{[^}]*\\})? ([0-9.eE+-]+)$", Pattern.MULTILINE);

  private static final String ABORTED = "countersign_server_connections_aborted_total";
  private static final String REFUSED = "countersign_server_handshake_failures_total";

  /** Reads the text format of Prometheus; what is missing is 0. */
  static Reading of(String metrics) {
    return new Reading(
        sum(metrics, "countersign_server_connections", ""),
        sum(metrics, "process_resident_memory_bytes", ""),
        sum(metrics, "jvm_memory_used_bytes", "heap"),
        sum(metrics, ABORTED, ""),
        sum(metrics, REFUSED, ""));
  }

  private static long sum(String metrics, String name, String label) {
    double sum = 0;
    Matcher samples = SAMPLE.matcher(metrics);
    while (samples.find()) {
      String labels = samples.group(2) == null ? "" : samples.group(2);
      if (name.equals(samples.group(1))
          && (label.isEmpty() || labels.contains("\"" + label + "\""))) {
        sum += Double.parseDouble(samples.group(3));
      }
    }
    return (long) sum;
  }

  /** The larger of each. */
  Reading most(Reading other) {
    return new Reading(
        Math.max(connections, other.connections),
        Math.max(residentBytes, other.residentBytes),
        Math.max(heapBytes, other.heapBytes),
        Math.max(aborted, other.aborted),
        Math.max(refused, other.refused));
  }
}
