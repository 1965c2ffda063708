package dev.countersign.pem;

/** One block of PEM text: its label and the bytes it holds, which may be secret and are never printed. */
public final class PemBlock {
  private final String label;
  private final byte[] der;
  private final int line;

  PemBlock(String label, byte[] der, int line) {
    this.label = label;
    this.der = der;
    this.line = line;
  }

  /** What stands after {@code BEGIN}, such as {@code CERTIFICATE}. */
  public String label() {
    return label;
  }

  /** A copy of the bytes. */
  public byte[] der() {
    return der.clone();
  }

  /** The line of its {@code BEGIN}, counted from 1. */
  public int line() {
    return line;
  }

  boolean isPrivateKey() {
    return label.endsWith("PRIVATE KEY");
  }

  boolean isCertificate() {
    return label.equals("CERTIFICATE")
        || label.equals("X509 CERTIFICATE")
        || label.equals("TRUSTED CERTIFICATE");
  }

  @Override
  public String toString() {
    return label + " at line " + line;
  }
}
