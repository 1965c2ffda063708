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
  private static final int NOT_IN_NAMES = 1;
  private static final int NOT_IN_VALUES = 2;
  private static final byte[] FAULTS = faults();

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
    return name.length > 0 && (faultsOf(name) & NOT_IN_NAMES) == 0;
  }

  private static boolean isValue(byte[] value) {
    return (faultsOf(value) & NOT_IN_VALUES) == 0;
  }

  /** Without a way out of the loop, which runs over every byte of every call's headers. */
  private static int faultsOf(byte[] text) {
    int faults = 0;
    for (byte b : text) {
      faults |= FAULTS[b & 0xff];
    }
    return faults;
  }

  private static byte[] faults() {
    byte[] faults = new byte[0x100];
    for (int b = 0; b < faults.length; b++) {
      boolean inNames = b > ' ' && b < 0x7f && (b < 'A' || b > 'Z');
      boolean inValues = b != 0 && b != '\r' && b != '\n';
      faults[b] = (byte) ((inNames ? 0 : NOT_IN_NAMES) | (inValues ? 0 : NOT_IN_VALUES));
    }
    return faults;
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
