package dev.countersign.cli;

/**
 * How TLS is spoken.
 *
 * @param oldest the oldest version that is accepted
 * @param provider whose TLS it is
 */
record TlsSettings(TlsVersion oldest, TlsProvider provider) {

  /** Versions of TLS that can be accepted. */
  enum TlsVersion {
    /** TLS 1.2, with ECDHE and AEAD alone. */
    TLS_1_2,
    /** TLS 1.3. */
    TLS_1_3
  }

  /** Implementations of TLS. */
  enum TlsProvider {
    /** BoringSSL through netty-tcnative. */
    BORINGSSL,
    /** The JDK's. */
    JDK
  }
}
