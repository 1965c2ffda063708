package dev.countersign.identity;

import java.time.Instant;

/** How an identity was proved, for logs and for ending it in time. */
public sealed interface Proof {

  /**
   * A certificate that was verified.
   *
   * @param serial the serial number in lower-case hex
   * @param fingerprint the SHA-256 of the certificate in lower-case hex
   * @param issuer the issuer's subject in RFC 2253
   * @param notBefore from when the certificate holds
   * @param notAfter until when the certificate holds
   */
  record Certificate(
      String serial, String fingerprint, String issuer, Instant notBefore, Instant notAfter)
      implements Proof {}

  /**
   * An ALTS handshake.
   *
   * @param localAccount the account that this side proved, empty if the handshaker did not say
   */
  record Alts(String localAccount) implements Proof {}
}
