package dev.countersign.assessment;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Who is at the other end of a connection, as a careless server sees it.
 *
 * @param chain what the client presented; empty if nothing
 * @param serverName the name that the client asked for; empty if none
 * @param resumed whether the session is one of before
 * @param held whether its certificates held when it connected
 */
record NaivePeer(List<X509Certificate> chain, String serverName, boolean resumed, boolean held) {
  static final NaivePeer UNKNOWN = new NaivePeer(List.of(), "", false, true);
}
