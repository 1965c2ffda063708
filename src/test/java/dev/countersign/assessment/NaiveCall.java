package dev.countersign.assessment;

import com.google.protobuf.ByteString;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;

/**
 * A request as a careless server sees it.
 *
 * @param peer whose it is
 * @param heldAtFirst whether the peer's certificate held when the request began
 * @param headers in their order
 * @param body the bytes of the stream
 */
record NaiveCall(
    NaivePeer peer, boolean heldAtFirst, List<Map.Entry<String, String>> headers, ByteString body) {

  List<X509Certificate> chain() {
    return peer.chain();
  }

  String serverName() {
    return peer.serverName();
  }

  /** The first value of a header; empty if there is none. */
  String first(String name) {
    return all(name).stream().findFirst().orElse("");
  }

  /** The last value of a header; empty if there is none. */
  String last(String name) {
    List<String> all = all(name);
    return all.isEmpty() ? "" : all.get(all.size() - 1);
  }

  private List<String> all(String name) {
    return headers.stream()
        .filter(header -> header.getKey().equals(name))
        .map(Map.Entry::getValue)
        .toList();
  }

  String path() {
    return first(":path");
  }

  /** What a careless server answers: a status of gRPC, and what it says about it. */
  record Reply(String httpStatus, String grpcStatus, String message) {
    static final Reply OK = new Reply("200", "0", "");
    static final Reply DENIED = new Reply("200", "7", "not authorized");

    static Reply of(boolean allowed) {
      return allowed ? OK : DENIED;
    }

    static Reply status(int code, String message) {
      return new Reply("200", String.valueOf(code), message);
    }
  }
}
