package dev.countersign.policy;

import org.jspecify.annotations.Nullable;

/** The metadata of one request, as far as rules ask for it. */
@FunctionalInterface
public interface RequestHeaders {
  /** A request without metadata. */
  RequestHeaders NONE = key -> null;

  /**
   * The value of a header, or null if the request does not carry it. Values of a repeated header are joined with
   * {@code ,} and no space; a binary header ({@code -bin}) is given in base64 without padding (gRFC A41).
   *
   * @param lowerCaseKey the header's name in lower case
   */
  @Nullable
  String get(String lowerCaseKey);
}
