package dev.countersign.credentials;

import com.google.common.collect.Interner;
import com.google.common.collect.Interners;
import dev.countersign.credentials.PeerRefusedException.Reason;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The certificates that a peer presented, leaf first, before anybody has checked them (X509-SVID section 5, RFC 8446
 * section 4.4.2). Whoever wants to act on them asks a {@link TrustState} for a {@link VerifiedPeer}.
 */
public final class PresentedChain {
  private static final int DER_SEQUENCE = 0x30;
  static final int MAX_CERTIFICATES = 8;
  static final int MAX_BYTES = 64 * 1024;

  // What connections present is held as long as they are open; a client with many has it held once.
  private static final Interner<PresentedChain> HELD = Interners.newWeakInterner();

  private final List<byte[]> encoded;
  private final String digest;

  private PresentedChain(List<byte[]> encoded, String digest) {
    this.encoded = encoded;
    this.digest = digest;
  }

  /**
   * What the peer of a TLS session presented, also when the session was resumed.
   *
   * @throws PeerRefusedException if it presented nothing, or more than a chain may hold
   */
  public static PresentedChain of(SSLSession session) throws PeerRefusedException {
    try {
      return HELD.intern(of(session.getPeerCertificates()));
    } catch (SSLPeerUnverifiedException e) {
      throw new PeerRefusedException(Reason.NO_CERTIFICATE, "peer presented no certificate", e);
    }
  }

  /**
   * A chain from certificates, leaf first.
   *
   * @throws PeerRefusedException if there are none, or more than a chain may hold
   */
  public static PresentedChain of(Certificate... certificates) throws PeerRefusedException {
    if (certificates == null || certificates.length == 0) {
      throw new PeerRefusedException(Reason.NO_CERTIFICATE, "peer presented no certificate");
    }
    if (certificates.length > MAX_CERTIFICATES) {
      throw new PeerRefusedException(
          Reason.CHAIN_TOO_LARGE,
          "peer presented " + certificates.length + " certificates (at most " + MAX_CERTIFICATES
              + ")");
    }
    MessageDigest sha256 = sha256();
    List<byte[]> encoded = new ArrayList<>(certificates.length);
    int bytes = 0;
    for (Certificate certificate : certificates) {
      byte[] der = encode(certificate);
      bytes += der.length;
      // With the length, or one entry that holds two certificates would look like two entries.
      sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, der.length));
      sha256.update(der);
      encoded.add(der);
    }
    if (bytes > MAX_BYTES) {
      throw new PeerRefusedException(
          Reason.CHAIN_TOO_LARGE,
          "peer presented " + bytes + " bytes of certificates (at most " + MAX_BYTES + ")");
    }
    return new PresentedChain(List.copyOf(encoded), HexFormat.of().formatHex(sha256.digest()));
  }

  /** Whether the same certificates were presented in the same order. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PresentedChain chain && chain.digest.equals(digest);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  /** The SHA-256 of the whole chain in hex: equal chains, and only they, have equal digests. */
  String digest() {
    return digest;
  }

  /**
   * The certificates, parsed by the JDK so that every TLS provider's are alike; one in each entry, in DER, and nothing
   * else.
   *
   * @throws PeerRefusedException if one of them does not parse
   */
  List<X509Certificate> certificates() throws PeerRefusedException {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> parsed = new ArrayList<>(encoded.size());
      for (byte[] der : encoded) {
        ByteArrayInputStream in = new ByteArrayInputStream(der);
        // The factory also reads PEM, and leaves what follows.
        if (der.length == 0 || der[0] != DER_SEQUENCE) {
          throw new CertificateException("not DER");
        }
        parsed.add((X509Certificate) factory.generateCertificate(in));
        if (in.available() > 0) {
          throw new CertificateException("more than one certificate");
        }
      }
      return parsed;
    } catch (CertificateException e) {
      throw new PeerRefusedException(
          Reason.UNREADABLE_CERTIFICATE, "peer presented a certificate that does not parse", e);
    }
  }

  /** The SHA-256 of one certificate in hex. */
  static String fingerprint(X509Certificate certificate) {
    try {
      return sha256Hex(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a parsed certificate has no encoding", e);
    }
  }

  static String sha256Hex(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }

  private static byte[] encode(Certificate certificate) throws PeerRefusedException {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new PeerRefusedException(
          Reason.UNREADABLE_CERTIFICATE, "peer presented a certificate without an encoding", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
