package dev.countersign.credentials;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Carries one TLS 1.3 connection to a server and reads which group its ServerHello chose (RFC 8446 section 4.1.3). */
final class ServerHelloTap implements AutoCloseable {
  private static final int HANDSHAKE_RECORD = 22;
  private static final int SERVER_HELLO = 2;
  private static final int KEY_SHARE = 51;
  private static final int VERSION_AND_RANDOM = 34;

  private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CompletableFuture<Integer> group = new CompletableFuture<>();

  ServerHelloTap(int serverPort) throws IOException {
    threads.submit(() -> {
      carry(serverPort);
      return null;
    });
  }

  int port() {
    return listener.getLocalPort();
  }

  /** The code point of the group, as IANA's register of TLS supported groups has it. */
  CompletableFuture<Integer> group() {
    return group;
  }

  private void carry(int serverPort) throws IOException {
    try (Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort)) {
      threads.submit(() -> client.getInputStream().transferTo(server.getOutputStream()));
      DataInputStream in = new DataInputStream(server.getInputStream());
      byte[] head = in.readNBytes(5);
      byte[] record = in.readNBytes(ByteBuffer.wrap(head).getShort(3));
      group.complete(chosenGroup(head[0], ByteBuffer.wrap(record)));
      ByteArrayOutputStream first = new ByteArrayOutputStream();
      first.writeBytes(head);
      first.writeBytes(record);
      first.writeTo(client.getOutputStream());
      in.transferTo(client.getOutputStream());
    }
  }

  private static int chosenGroup(byte recordType, ByteBuffer hello) throws IOException {
    if (recordType != HANDSHAKE_RECORD || hello.getInt() >>> 24 != SERVER_HELLO) {
      throw new IOException("the server did not begin with a ServerHello");
    }
    hello.position(hello.position() + VERSION_AND_RANDOM);
    hello.position(hello.position() + 1 + hello.get(hello.position())); // session id
    hello.position(hello.position() + 2 + 1 + 2); // suite, compression, length of extensions
    while (hello.hasRemaining()) {
      int type = hello.getShort();
      int length = hello.getShort();
      if (type == KEY_SHARE) {
        return Short.toUnsignedInt(hello.getShort());
      }
      hello.position(hello.position() + length);
    }
    throw new IOException("the ServerHello has no key share");
  }

  @Override
  public void close() throws IOException {
    listener.close();
    threads.shutdownNow();
  }
}
