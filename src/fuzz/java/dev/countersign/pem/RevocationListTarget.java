package dev.countersign.pem;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.cert.CRLException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@link CompactCrl}: where the JDK reads the list as well, both say the same of every serial. */
public final class RevocationListTarget implements Target {
  private final ForgedCertificate authority =
      CertificateForge.at(InstantSource.system()).root("CN=Fuzzed").selfSigned();

  @Override
  public void read(byte[] input) throws Exception {
    List<CompactCrl> lists;
    try {
      lists = CompactCrl.parseAll("input", input);
    } catch (PemException e) {
      Claims.message(e.getMessage());
      return;
    }
    Claims.that(!lists.isEmpty(), "there is at least one list");
    for (CompactCrl list : lists) {
      Claims.that(!list.contains(BigInteger.TWO.pow(300)), "a number too long is not revoked");
      unsigned(list, authority.certificate().getPublicKey());
    }
    if (input[0] == DerValue.SEQUENCE && lists.size() == 1) {
      compare(lists.get(0), input);
    }
  }

  /** A stranger's list holds by no key of ours; the seeds are signed by another authority. */
  private static void unsigned(CompactCrl list, PublicKey key) {
    try {
      list.verify(key);
      Claims.that(false, "a list is not signed by a key that did not sign it");
    } catch (PemException e) {
      Claims.message(e.getMessage());
    }
  }

  private static void compare(CompactCrl ours, byte[] der) throws Exception {
    X509CRL theirs;
    try {
      theirs = (X509CRL)
          CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
    } catch (CRLException e) {
      return;
    }
    Claims.same(ours.issuer(), theirs.getIssuerX500Principal(), "the issuer");
    Claims.same(ours.thisUpdate(), theirs.getThisUpdate().toInstant(), "when it was made");
    Set<? extends X509CRLEntry> revoked = theirs.getRevokedCertificates();
    Set<BigInteger> serials = new HashSet<>();
    for (X509CRLEntry entry : revoked == null ? Set.<X509CRLEntry>of() : revoked) {
      BigInteger serial = entry.getSerialNumber();
      Claims.that(ours.contains(serial), "a revoked serial is revoked: " + serial);
      Claims.that(ours.revokedAt(serial).isPresent(), "a revoked serial has a time: " + serial);
      serials.add(serial);
    }
    for (BigInteger serial : Set.copyOf(serials)) {
      BigInteger other = serial.flipBit(0);
      Claims.same(ours.contains(other), serials.contains(other), "another serial: " + other);
      Claims.same(ours.revokedAt(other).isPresent(), ours.contains(other), "a time for " + other);
    }
    Claims.same(
        Optional.ofNullable(ours.nextUpdate()),
        Optional.ofNullable(theirs.getNextUpdate()).map(java.util.Date::toInstant),
        "when the next is due");
  }

  @Override
  public List<byte[]> seeds() throws Exception {
    ForgedCertificate other =
        CertificateForge.at(InstantSource.system()).root("CN=Issuer,O=Other").selfSigned();
    Instant now = Instant.parse("2026-11-22T08:00:00Z");
    String pem = ForgedCrl.ofSerials(
        other,
        now,
        List.of(BigInteger.ONE, BigInteger.valueOf(128), BigInteger.TWO.pow(150), BigInteger.TEN));
    String empty = ForgedCrl.ofSerials(other, now, List.of());
    return List.of(
        pem.getBytes(StandardCharsets.US_ASCII),
        Pem.parse("seed", pem.getBytes(StandardCharsets.US_ASCII)).get(0).der(),
        Pem.parse("seed", empty.getBytes(StandardCharsets.US_ASCII)).get(0).der());
  }
}
