package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a peer has said is read, even if it hears nothing any more. */
@Timeout(60)
class RawHttp2IT {
  private static final byte[] SETTINGS = {0, 0, 0, Frame.SETTINGS, 0, 0, 0, 0, 0};
  private static final byte[] RESET = {0, 0, 4, Frame.RST_STREAM, 0, 0, 0, 0, 1, 0, 0, 0, 8};

  @Test
  void readsOnWhenItCannotAcknowledge() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RawHttp2 client = over(listener);
        Socket peer = listener.accept()) {
      OutputStream out = peer.getOutputStream();
      out.write(SETTINGS);
      out.write(SETTINGS);
      out.write(RESET);
      peer.shutdownOutput();
      client.socket().shutdownOutput();

      assertThat(client.next(Frame.RST_STREAM).errorCode()).isEqualTo(8);
      assertThat(client.next().type()).isEqualTo(Frame.CLOSED);
    }
  }

  @Test
  void saysWhenItCannotSend() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RawHttp2 client = over(listener)) {
      client.socket().shutdownOutput();
      client.request(1, "/x");

      assertThatThrownBy(client::send).isInstanceOf(IOException.class);
    }
  }

  private static RawHttp2 over(ServerSocket listener) throws IOException {
    return new RawHttp2(
        Wire.over(new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort())));
  }
}
