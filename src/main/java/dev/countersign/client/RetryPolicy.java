package dev.countersign.client;

import io.grpc.MethodDescriptor;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The methods whose calls are made again, and how: at most {@value #ATTEMPTS} times in all, for {@code UNAVAILABLE} only,
 * before anything of an answer has come (gRFC A6). While more calls fail than succeed none is made again, so that
 * servers that cannot keep up are not asked more.
 */
final class RetryPolicy {
  static final int ATTEMPTS = 4;

  private static final String FIRST_WAIT = "0.1s";
  private static final String LONGEST_WAIT = "1s";

  /**
   * Each failure takes one, each success gives {@link #GIVEN_BY_SUCCESS}, and half must be there: as many as the
   * specification allows, because one server that is lost fails all calls that it had at once.
   */
  private static final double TOKENS = 1000;

  private static final double GIVEN_BY_SUCCESS = 0.1;

  private final Set<String> methods = new LinkedHashSet<>();

  /**
   * Adds a method.
   *
   * @throws IllegalArgumentException if it takes a stream of requests
   */
  void add(MethodDescriptor<?, ?> method) {
    if (!method.getType().clientSendsOneMessage()) {
      throw new IllegalArgumentException("method \""
          + method.getFullMethodName()
          + "\" cannot be retried: it takes a stream of requests");
    }
    methods.add(method.getFullMethodName());
  }

  boolean isEmpty() {
    return methods.isEmpty();
  }

  /** As gRPC reads it; numbers are doubles there. */
  Map<String, ?> serviceConfig() {
    List<Map<String, String>> names = methods.stream()
        .map(name -> Map.of(
            "service", String.valueOf(MethodDescriptor.extractFullServiceName(name)),
            "method", String.valueOf(MethodDescriptor.extractBareMethodName(name))))
        .toList();
    Map<String, ?> retryPolicy = Map.of(
        "maxAttempts",
        (double) ATTEMPTS,
        "initialBackoff",
        FIRST_WAIT,
        "maxBackoff",
        LONGEST_WAIT,
        "backoffMultiplier",
        2.0,
        "retryableStatusCodes",
        List.of("UNAVAILABLE"));
    return Map.of(
        "methodConfig", List.of(Map.of("name", names, "retryPolicy", retryPolicy)),
        "retryThrottling", Map.of("maxTokens", TOKENS, "tokenRatio", GIVEN_BY_SUCCESS));
  }
}
