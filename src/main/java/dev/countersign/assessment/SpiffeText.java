package dev.countersign.assessment;

/** SPIFFE ids as text, to be spoiled. */
final class SpiffeText {
  private static final String SCHEME = "spiffe://";

  private SpiffeText() {}

  /** The same path in another trust domain. */
  static String withDomain(String id, String domain) {
    return SCHEME + domain + path(id);
  }

  /** Another path in the same trust domain. */
  static String withPath(String id, String path) {
    return SCHEME + domain(id) + path;
  }

  /** The trust domain. */
  static String domain(String id) {
    String rest = rest(id);
    int slash = rest.indexOf('/');
    return slash < 0 ? rest : rest.substring(0, slash);
  }

  /** The path, with its slash; empty if there is none. */
  static String path(String id) {
    String rest = rest(id);
    int slash = rest.indexOf('/');
    return slash < 0 ? "" : rest.substring(slash);
  }

  private static String rest(String id) {
    return id.startsWith(SCHEME) ? id.substring(SCHEME.length()) : id;
  }
}
