package dev.countersign.credentials;

/**
 * How TLS is spoken. The default is TLS 1.3 by BoringSSL.
 *
 * @param minimum the oldest version that is accepted
 * @param provider what speaks it
 */
public record TlsOptions(Version minimum, Provider provider) {
  /** TLS 1.3 by BoringSSL. */
  public static final TlsOptions DEFAULT = new TlsOptions(Version.TLS_1_3, Provider.BORINGSSL);

  /** Versions of TLS that can be asked for. */
  public enum Version {
    /** RFC 5246, with ECDHE and AEAD suites only (RFC 9325 section 4.2), and TLS 1.3 besides. */
    TLS_1_2,
    /** RFC 8446. */
    TLS_1_3
  }

  /** What speaks TLS. */
  public enum Provider {
    /** BoringSSL through netty-tcnative; the only one with X25519MLKEM768. */
    BORINGSSL,
    /** The JDK's own. */
    JDK
  }
}
