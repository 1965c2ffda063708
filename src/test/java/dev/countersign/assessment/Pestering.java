package dev.countersign.assessment;

import java.io.IOException;

/** Frames that a server takes only so many of. */
public final class Pestering {
  private static final int MOST_ROUNDS = 1_000;
  private static final int FRAMES = 100;

  private Pestering() {}

  /**
   * Sends a frame until the server says that it has enough. Each hundred waits for the server to have read those before: one
   * that closes while more is on its way answers with a reset, which takes its last words with it.
   *
   * @throws IOException if the connection ends without a word, or never does
   */
  public static Frame untilGoaway(RawHttp2 client, int type, int flags, int stream, byte[] payload)
      throws IOException {
    int answers = 1 + (type == Frame.SETTINGS ? FRAMES : 0);
    for (int round = 0; round < MOST_ROUNDS; round++) {
      for (int i = 0; i < FRAMES; i++) {
        client.frame(type, flags, stream, payload);
      }
      client.frame(Frame.SETTINGS, 0, 0, new byte[0]).send();
      for (int acknowledged = 0; acknowledged < answers; ) {
        Frame frame = client.next();
        if (frame.type() == Frame.GOAWAY) {
          return frame;
        }
        if (frame.type() == Frame.CLOSED) {
          throw new IOException("the connection ended without a word");
        }
        if (frame.type() == Frame.SETTINGS && (frame.flags() & Frame.ACK) != 0) {
          acknowledged++;
        }
      }
    }
    throw new IOException("the server takes any number");
  }
}
