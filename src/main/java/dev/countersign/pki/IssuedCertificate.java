package dev.countersign.pki;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A leaf that the authority issued, as it remembers it.
 *
 * @param serial its serial number
 * @param request what it was asked for
 * @param notBefore valid from then on
 * @param notAfter valid until then
 * @param generation which of the authority's roots it leads to, counted from 1
 * @param keyElsewhere whether it was issued from a signing request, so that its key never was here
 * @param revokedAt when it was revoked, if it was
 */
public record IssuedCertificate(
    BigInteger serial,
    IdentityRequest request,
    Instant notBefore,
    Instant notAfter,
    int generation,
    boolean keyElsewhere,
    Optional<Instant> revokedAt) {

  /** The serial number in hexadecimal, as every tool shows it. */
  public String serialHex() {
    return serial.toString(16);
  }

  /** The name of its identity. */
  public String name() {
    return request.name();
  }

  /** Whether it was revoked. */
  public boolean isRevoked() {
    return revokedAt.isPresent();
  }

  /** Whether its time is over. */
  public boolean isExpired(Instant now) {
    return now.isAfter(notAfter);
  }

  /** When it should be renewed: at the beginning of the last third of its life. */
  public Instant due() {
    return notAfter.minus(Duration.between(notBefore, notAfter).dividedBy(3));
  }

  IssuedCertificate revoked(Instant at) {
    return new IssuedCertificate(
        serial, request, notBefore, notAfter, generation, keyElsewhere, Optional.of(at));
  }
}
