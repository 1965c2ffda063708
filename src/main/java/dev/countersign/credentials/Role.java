package dev.countersign.credentials;

/** Which end of a connection a certificate is presented for. */
public enum Role {
  /** The end that connects. */
  CLIENT("1.3.6.1.5.5.7.3.2"),
  /** The end that listens. */
  SERVER("1.3.6.1.5.5.7.3.1");

  private final String extendedKeyUsage;

  Role(String extendedKeyUsage) {
    this.extendedKeyUsage = extendedKeyUsage;
  }

  /** The extended key usage that a leaf must list (RFC 5280 section 4.2.1.12). */
  String extendedKeyUsage() {
    return extendedKeyUsage;
  }

  /** The word for messages. */
  String word() {
    return this == CLIENT ? "client" : "server";
  }
}
