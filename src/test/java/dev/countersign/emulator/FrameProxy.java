package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Carries one TCP connection to a server, and cuts what the client sends first in another way than the client did. */
final class FrameProxy implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final int serverPort;
  private final Cut cut;

  /** How the client's bytes arrive at the server. */
  enum Cut {
    /** The second frame, which is the last of the handshake, comes in one write with the application's first. */
    JOINED,
    /** Each byte of the first two frames comes alone. */
    TORN
  }

  FrameProxy(int serverPort, Cut cut) throws IOException {
    this.serverPort = serverPort;
    this.cut = cut;
    threads.submit(() -> {
      carry();
      return null;
    });
  }

  int port() {
    return listener.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    threads.shutdownNow();
  }

  private void carry() throws IOException {
    try (Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort)) {
      server.setTcpNoDelay(true);
      threads.submit(() -> {
        copy(server, client);
        return null;
      });
      DataInputStream in = new DataInputStream(client.getInputStream());
      OutputStream out = server.getOutputStream();
      if (cut == Cut.JOINED) {
        frame(in).writeTo(out);
        frame(in).concat(frame(in)).writeTo(out);
      } else {
        writeByteByByte(frame(in), out);
        writeByteByByte(frame(in), out);
      }
      in.transferTo(out);
    }
  }

  private static ByteString frame(DataInputStream in) throws IOException {
    ByteString length = ByteString.copyFrom(in.readNBytes(Frame.LENGTH_BYTES));
    byte[] rest = in.readNBytes(Frame.littleEndian(length, 0));
    return length.concat(ByteString.copyFrom(rest));
  }

  private static void writeByteByByte(ByteString frame, OutputStream out) throws IOException {
    for (byte each : frame) {
      out.write(each);
    }
  }

  private static void copy(Socket from, Socket to) throws IOException {
    try (InputStream in = from.getInputStream()) {
      in.transferTo(to.getOutputStream());
    }
  }
}
