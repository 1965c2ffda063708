package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.Frame;
import dev.countersign.assessment.RawHttp2;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A peer whose call was denied and who goes on sending: it gets no room for more on that stream, and nothing is kept. */
final class DeniedStreamIT {
  private static final String PATH = "/" + TextService.HOLD;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int FRAME = 16_000;
  private static final int MESSAGE = 3_000_000;
  private static final byte[] MARK = {1, 2, 3, 4, 5, 6, 7, 8};

  private final TextService service = new TextService();

  @TempDir
  private Path directory;

  @Test
  void whoeverIsDeniedGetsNoWindowForMore() throws Exception {
    try (Lab lab = new Lab(directory)) {
      SecureServer server = lab.start(lab.server(TextService.POLICY).service(service));
      try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
        int window = window(client);
        client.request(1, PATH).send();
        awaitGrant(client, sendAll(client, window));
      }

      try (RawHttp2 client = lab.raw(Lab.port(server), "mallory")) {
        int window = window(client);
        assertThat(client.request(1, PATH).send().answer(1))
            .isEqualTo(new RawHttp2.Answer("200", "7", "not authorized"));

        List<Frame> seen = sendAll(client, window);
        assertThat(granted(seen)).isEmpty();
        assertThat(seen)
            .filteredOn(frame -> frame.stream() == 1)
            .allSatisfy(frame -> assertThat(frame.type()).isEqualTo(Frame.RST_STREAM));
        assertThat(client.request(3, PATH).send().answer(3).grpcStatus()).isEqualTo("7");
      }
      assertThat(service.headers).hasSize(1);
      assertThat(service.held).isEmpty();
    }
  }

  private static int window(RawHttp2 client) throws Exception {
    long advertised = client.next(Frame.SETTINGS).setting(INITIAL_WINDOW_SIZE);
    return advertised < 0 ? 65_535 : (int) advertised;
  }

  /** Sends the beginning of a message, as much as the window allows, and hears everything that comes until that was read. */
  private static List<Frame> sendAll(RawHttp2 client, int window) throws Exception {
    byte[] prefix = ByteBuffer.allocate(5).put((byte) 0).putInt(MESSAGE).array();
    client.frame(Frame.DATA, 0, 1, prefix);
    for (int sent = prefix.length; sent + FRAME <= window; sent += FRAME) {
      client.frame(Frame.DATA, 0, 1, new byte[FRAME]);
    }
    client.frame(Frame.PING, 0, 0, MARK).send();
    List<Frame> seen = new ArrayList<>();
    Frame frame = client.next();
    while (frame.type() != Frame.PING || (frame.flags() & Frame.ACK) == 0) {
      assertThat(frame.type()).isNotEqualTo(Frame.CLOSED);
      seen.add(frame);
      frame = client.next();
    }
    return seen;
  }

  /** A call is taken up on a thread of its own, maybe after the ping was answered. */
  private static void awaitGrant(RawHttp2 client, List<Frame> seen) throws Exception {
    while (granted(seen).isEmpty()) {
      Frame frame = client.next();
      assertThat(frame.type()).isNotEqualTo(Frame.CLOSED);
      seen.add(frame);
    }
  }

  private static List<Frame> granted(List<Frame> frames) {
    return frames.stream()
        .filter(frame -> frame.type() == Frame.WINDOW_UPDATE && frame.stream() == 1)
        .toList();
  }
}
