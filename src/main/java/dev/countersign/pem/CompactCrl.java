package dev.countersign.pem;

import dev.countersign.pem.PemException.Reason;
import dev.countersign.text.Quoted;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * A complete revocation list of one authority (RFC 5280 section 5), kept as its DER and an index into it: eight to sixteen
 * bytes an entry beside the file itself. Parsed, not verified: its signature is checked by {@link #verify}, its
 * dates by whoever has a clock. Immutable.
 *
 * <p>Refused are lists that say less, or something else, than they seem to: lists of changes, lists that speak for other
 * authorities, lists for some reasons only, and critical extensions that are not known. The name of a distribution point
 * in the list is not compared with the one in a certificate: the operator chose the file.
 */
public final class CompactCrl {
  private final byte[] der;
  private final CrlFields fields;

  private CompactCrl(byte[] der, CrlFields fields) {
    this.der = der;
    this.fields = fields;
  }

  /** Which certificates of its issuer a list speaks for (RFC 5280 section 5.2.5). */
  public enum Scope {
    /** All. */
    ALL,
    /** Only those that are not authorities. */
    LEAVES,
    /** Only authorities. */
    AUTHORITIES
  }

  /**
   * The one list in a PEM or DER file.
   *
   * @param source what the bytes are, as an error names it, such as {@code CRL file "crl.pem"}
   * @throws PemException if there is none or more than one, it does not parse, or it is of a refused kind
   */
  public static CompactCrl parse(String source, byte[] bytes) throws PemException {
    List<CompactCrl> all = parseAll(source, bytes);
    if (all.size() != 1) {
      throw new PemException(
          Reason.NO_CRL, source + " holds " + all.size() + " revocation lists (expected one)");
    }
    return all.get(0);
  }

  /**
   * The lists in a PEM file, or the one in a DER file; at least one.
   *
   * @param source what the bytes are, as an error names it
   * @throws PemException if there is none, one does not parse, or is of a refused kind
   */
  public static List<CompactCrl> parseAll(String source, byte[] bytes) throws PemException {
    if (bytes.length > 0 && bytes[0] == DerValue.SEQUENCE && !Pem.isPem(bytes)) {
      return List.of(of(source, bytes.clone()));
    }
    List<CompactCrl> found = new ArrayList<>();
    for (PemBlock block : Pem.parse(source, bytes)) {
      if (block.label().equals("X509 CRL") || block.label().equals("CRL")) {
        found.add(of(source + " line " + block.line(), block.der()));
      }
    }
    if (found.isEmpty()) {
      throw new PemException(
          Reason.NO_CRL, source + " holds 0 revocation lists (expected \"X509 CRL\")");
    }
    return List.copyOf(found);
  }

  private static CompactCrl of(String source, byte[] der) throws PemException {
    return new CompactCrl(der, CrlFields.read(source, der));
  }

  /** Whether a certificate of this issuer with this serial number is revoked, or on hold. */
  public boolean contains(BigInteger serial) {
    return fields.entries.find(serial.toByteArray()) >= 0;
  }

  /** When it was revoked; empty if it is not in the list. */
  public Optional<Instant> revokedAt(BigInteger serial) {
    int entry = fields.entries.find(serial.toByteArray());
    return entry < 0 ? Optional.empty() : Optional.of(CrlFields.revocationTime(der, entry));
  }

  /** How many certificates it holds. */
  public int size() {
    return fields.entries.size();
  }

  /** The authority that signed it, and whose certificates it is about. */
  public X500Principal issuer() {
    return fields.issuer;
  }

  /** When it was made. */
  public Instant thisUpdate() {
    return fields.thisUpdate;
  }

  /** When the next one is due; null if the list does not say. */
  public @Nullable Instant nextUpdate() {
    return fields.nextUpdate;
  }

  /** Its number, which grows from list to list; null if it has none. */
  public @Nullable BigInteger number() {
    return fields.number;
  }

  /** The identifier of the key that signed it, as bytes; empty if it does not say. */
  public byte[] authorityKeyId() {
    return fields.authorityKeyId.clone();
  }

  /** Which certificates of the issuer it speaks for. */
  public Scope scope() {
    return fields.scope;
  }

  /**
   * Checks its signature, and nothing else: not whose key it is, not the dates.
   *
   * @throws PemException if the key did not sign it, or with an algorithm that is not accepted (at least SHA-256)
   */
  public void verify(PublicKey key) throws PemException {
    try {
      Signature signature = fields.algorithm.verifier(key);
      signature.update(der, fields.signedFrom, fields.signedTo - fields.signedFrom);
      if (signature.verify(fields.signature)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      // A key of another kind, or a signature that is no signature: the same to the caller.
    }
    throw new PemException(
        Reason.BAD_SIGNATURE,
        fields.source + " was not signed by this key of " + Quoted.of(fields.issuer.getName()));
  }
}
