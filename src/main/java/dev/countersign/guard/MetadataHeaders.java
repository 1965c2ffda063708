package dev.countersign.guard;

import dev.countersign.policy.RequestHeaders;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import java.util.Base64;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request's metadata as a policy reads it (gRFC A41): repeated values joined by a comma, binary ones in base64. Also
 * the check that grpc-java leaves out: names and values that HTTP/2 calls malformed (RFC 9113 section 8.2.1) reach it.
 */
final class MetadataHeaders implements RequestHeaders {
  private static final byte[] BINARY_SUFFIX = {'-', 'b', 'i', 'n'};

  /**
   * By turns, as they came: the internal accessor does not decode each of them for each call, and whoever changes the
   * metadata afterwards does not change these.
   */
  private final byte[][] namesAndValues;

  private MetadataHeaders(byte[][] namesAndValues) {
    this.namesAndValues = namesAndValues;
  }

  /** A request's metadata as it is now. */
  static MetadataHeaders of(Metadata headers) {
    return new MetadataHeaders(InternalMetadata.serialize(headers));
  }

  /** Whether every name and every value is well-formed. */
  boolean areWellFormed() {
    for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
      byte[] name = namesAndValues[i];
      if (!isName(name) || !(endsWith(name, BINARY_SUFFIX) || isValue(namesAndValues[i + 1]))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isName(byte[] name) {
    for (byte b : name) {
      if (b <= ' ' || b == 0x7f || (b >= 'A' && b <= 'Z')) {
        return false;
      }
    }
    return name.length > 0;
  }

  private static boolean isValue(byte[] value) {
    for (byte b : value) {
      if (b == 0 || b == '\r' || b == '\n') {
        return false;
      }
    }
    return true;
  }

  private static boolean endsWith(byte[] text, byte[] suffix) {
    int start = text.length - suffix.length;
    for (int i = 0; i < suffix.length; i++) {
      if (start < 0 || text[start + i] != suffix[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public @Nullable String get(String lowerCaseKey) {
    Metadata headers = InternalMetadata.newMetadata(namesAndValues);
    return lowerCaseKey.endsWith(Metadata.BINARY_HEADER_SUFFIX)
        ? join(
            headers.getAll(Metadata.Key.of(lowerCaseKey, Metadata.BINARY_BYTE_MARSHALLER)),
            Base64.getEncoder().withoutPadding()::encodeToString)
        : join(
            headers.getAll(Metadata.Key.of(lowerCaseKey, Metadata.ASCII_STRING_MARSHALLER)),
            Function.identity());
  }

  private static <T> @Nullable String join(@Nullable Iterable<T> values, Function<T, String> text) {
    if (values == null) {
      return null;
    }
    StringBuilder joined = new StringBuilder();
    String separator = "";
    for (T value : values) {
      joined.append(separator).append(text.apply(value));
      separator = ",";
    }
    return joined.toString();
  }
}
