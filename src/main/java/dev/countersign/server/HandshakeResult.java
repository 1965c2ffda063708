package dev.countersign.server;

import com.google.common.collect.ImmutableList;
import dev.countersign.credentials.PeerRefusedException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a handshake ended, in the words of gRFC A118; what no provider tells apart is an unknown failure. */
enum HandshakeResult {
  UNKNOWN_FAILURE,
  SUCCESS,
  CERTIFICATE_VERIFICATION_FAILED(
      "PEER_DID_NOT_RETURN_A_CERTIFICATE", "EMPTY CLIENT CERTIFICATE CHAIN"),
  CERTIFICATE_REVOKED,
  CERTIFICATE_EXPIRED,
  CERTIFICATE_NOT_YET_VALID,
  CERTIFICATE_AUTHORITY_INVALID,
  CERTIFICATE_HOSTNAME_MISMATCH,
  CERTIFICATE_MALFORMED,
  CIPHER_SUITE_MISMATCH("NO_SHARED_CIPHER", "NO CIPHER SUITES IN COMMON"),
  PROTOCOL_VERSION_UNSUPPORTED(
      "UNSUPPORTED_PROTOCOL",
      "IS NOT ENABLED OR SUPPORTED",
      "ALERT_PROTOCOL_VERSION",
      "ALERT: PROTOCOL_VERSION"),
  INAPPROPRIATE_FALLBACK("INAPPROPRIATE_FALLBACK"),
  NO_APPLICATION_PROTOCOL("NO_APPLICATION_PROTOCOL", "FAILED PROTOCOL NEGOTIATION", "ALPN"),
  SIGNATURE_VERIFICATION_FAILED("BAD_SIGNATURE", "INVALID CERTIFICATEVERIFY"),
  DECRYPTION_FAILED("DECRYPTION_FAILED", "BAD_DECRYPT", "BAD_RECORD_MAC", "TAG MISMATCH"),
  KEY_EXCHANGE_FAILURE("NO_SHARED_GROUP", "NO COMMON NAMED GROUP"),
  UNEXPECTED_MESSAGE("UNEXPECTED_MESSAGE", "UNEXPECTED HANDSHAKE MESSAGE", "NOT AN SSL/TLS RECORD"),
  HANDSHAKE_TIMEOUT("TIMED OUT", "TIMEOUT"),
  PEER_CONNECTION_CLOSED("CONNECTION RESET", "BROKEN PIPE");

  /** Parts of the messages of BoringSSL, the JDK, Netty and grpc-java, in upper case. */
  private final ImmutableList<String> signs;

  HandshakeResult(String... signs) {
    this.signs = ImmutableList.copyOf(signs);
  }

  static HandshakeResult of(PeerRefusedException.Reason reason) {
    return switch (reason) {
      case UNKNOWN_TRUST_DOMAIN, UNTRUSTED_ISSUER -> CERTIFICATE_AUTHORITY_INVALID;
      case CHAIN_TOO_LARGE, UNREADABLE_CERTIFICATE, BAD_NAME -> CERTIFICATE_MALFORMED;
      case BAD_SIGNATURE -> SIGNATURE_VERIFICATION_FAILED;
      case EXPIRED -> CERTIFICATE_EXPIRED;
      case NOT_YET_VALID -> CERTIFICATE_NOT_YET_VALID;
      case REVOKED -> CERTIFICATE_REVOKED;
      case UNEXPECTED_PEER -> CERTIFICATE_HOSTNAME_MISMATCH;
      default -> CERTIFICATE_VERIFICATION_FAILED;
    };
  }

  /** What the innermost cause of a failure says. */
  static HandshakeResult of(Throwable root) {
    if (root instanceof ClosedChannelException) {
      return PEER_CONNECTION_CLOSED;
    }
    HandshakeResult said = said(root.getMessage());
    boolean cut = said == UNKNOWN_FAILURE && root.getClass() == IOException.class;
    return cut ? PEER_CONNECTION_CLOSED : said;
  }

  private static HandshakeResult said(@Nullable String message) {
    String text = String.valueOf(message).toUpperCase(Locale.ROOT);
    for (HandshakeResult result : values()) {
      for (String sign : result.signs) {
        if (text.contains(sign)) {
          return result;
        }
      }
    }
    return UNKNOWN_FAILURE;
  }
}
