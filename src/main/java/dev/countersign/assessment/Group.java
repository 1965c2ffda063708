package dev.countersign.assessment;

/** What checks attack. */
public enum Group {
  /** The connection before anybody has an identity. */
  TRANSPORT("transport and handshake", false),
  /** The certificate, and the identity that is read from it. */
  TRUST("trust and identity", false),
  /** The decision on each RPC. */
  AUTHORIZATION("authorization", false),
  /** What the endpoint tells that it need not. */
  LEAKS("information leaks", false),
  /** The ALTS handshake and its records. */
  ALTS("ALTS", false),
  /** HTTP/2 and gRPC against their purpose: floods, bombs, stalls. */
  PROTOCOL("protocol abuse", true);

  private final String title;
  private final boolean abusive;

  Group(String title, boolean abusive) {
    this.title = title;
    this.abusive = abusive;
  }

  /** The words in reports. */
  public String title() {
    return title;
  }

  /** Whether these checks load the target. */
  public boolean isAbusive() {
    return abusive;
  }
}
