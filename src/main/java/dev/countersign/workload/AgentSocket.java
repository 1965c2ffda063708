package dev.countersign.workload;

import dev.countersign.text.Quoted;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Where an agent serves the Workload API: a unix socket, {@code unix:/PATH} or {@code unix:///PATH} (SPIFFE Workload
 * Endpoint section 4). An endpoint over TCP is refused: nothing would say who answers there, nor to the agent who asks.
 *
 * @param path the socket, as an absolute path
 */
public record AgentSocket(Path path) {
  private static final String SCHEME = "unix:";

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException if it is not the address of a unix socket; the message is for people
   */
  public static AgentSocket parse(String text) {
    if (!text.startsWith(SCHEME)) {
      throw new IllegalArgumentException(
          "is not a unix socket: " + Quoted.of(text) + " (expected unix:/PATH)");
    }
    String rest = text.substring(SCHEME.length());
    String path = rest.startsWith("//") ? rest.substring(2) : rest;
    if (!path.startsWith("/") || path.indexOf('?') >= 0 || path.indexOf('#') >= 0) {
      throw new IllegalArgumentException("is not an absolute path after \"unix:\": "
          + Quoted.of(text) + " (expected unix:/PATH, without host, query or fragment)");
    }
    try {
      return new AgentSocket(Path.of(path));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("is not a path: " + Quoted.of(text), e);
    }
  }

  @Override
  public String toString() {
    return SCHEME + Quoted.file(path.toString());
  }
}
