package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.PeerRefusedException.Reason;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.EnumSet;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandshakeResultTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      error:1000:SSL routines:OPENSSL_internal:NO_SHARED_CIPHER                         | CIPHER_SUITE_MISMATCH
      no cipher suites in common                                                        | CIPHER_SUITE_MISMATCH
      error:1000:SSL routines:OPENSSL_internal:UNSUPPORTED_PROTOCOL                     | PROTOCOL_VERSION_UNSUPPORTED
      Client requested protocol TLSv1.1 is not enabled or supported in server context   | PROTOCOL_VERSION_UNSUPPORTED
      error:1000:SSL routines:OPENSSL_internal:INAPPROPRIATE_FALLBACK                   | INAPPROPRIATE_FALLBACK
      Failed protocol negotiation: Unable to find compatible protocol                   | NO_APPLICATION_PROTOCOL
      error:1000:SSL routines:OPENSSL_internal:NO_SHARED_GROUP                          | KEY_EXCHANGE_FAILURE
      error:1000:SSL routines:OPENSSL_internal:BAD_SIGNATURE                            | SIGNATURE_VERIFICATION_FAILED
      error:1000:SSL routines:OPENSSL_internal:DECRYPTION_FAILED_OR_BAD_RECORD_MAC      | DECRYPTION_FAILED
      error:1000:SSL routines:OPENSSL_internal:PEER_DID_NOT_RETURN_A_CERTIFICATE        | CERTIFICATE_VERIFICATION_FAILED
      Empty client certificate chain                                                    | CERTIFICATE_VERIFICATION_FAILED
      not an SSL/TLS record: 48656c6c6f                                                 | UNEXPECTED_MESSAGE
      handshake timed out after 10000ms                                                 | HANDSHAKE_TIMEOUT
      something that nobody has said before                                             | UNKNOWN_FAILURE
      """)
  void namesWhatProvidersSay(String message, HandshakeResult result) {
    assertThat(HandshakeResult.of(new SSLHandshakeException(message))).isEqualTo(result);
  }

  @Test
  void namesAConnectionThatWasCut() {
    assertThat(HandshakeResult.of(new ClosedChannelException()))
        .isEqualTo(HandshakeResult.PEER_CONNECTION_CLOSED);
    assertThat(HandshakeResult.of(new IOException("Connection reset by peer")))
        .isEqualTo(HandshakeResult.PEER_CONNECTION_CLOSED);
    assertThat(HandshakeResult.of(new SSLHandshakeException(null)))
        .isEqualTo(HandshakeResult.UNKNOWN_FAILURE);
  }

  @Test
  void everyRefusalOfOursIsAboutTheCertificate() {
    Set<HandshakeResult> results = EnumSet.noneOf(HandshakeResult.class);
    for (Reason reason : Reason.values()) {
      results.add(HandshakeResult.of(reason));
    }
    assertThat(results)
        .contains(
            HandshakeResult.CERTIFICATE_REVOKED,
            HandshakeResult.CERTIFICATE_EXPIRED,
            HandshakeResult.CERTIFICATE_NOT_YET_VALID,
            HandshakeResult.CERTIFICATE_AUTHORITY_INVALID,
            HandshakeResult.CERTIFICATE_HOSTNAME_MISMATCH,
            HandshakeResult.CERTIFICATE_MALFORMED,
            HandshakeResult.SIGNATURE_VERIFICATION_FAILED,
            HandshakeResult.CERTIFICATE_VERIFICATION_FAILED)
        .doesNotContain(HandshakeResult.UNKNOWN_FAILURE, HandshakeResult.SUCCESS);
  }
}
