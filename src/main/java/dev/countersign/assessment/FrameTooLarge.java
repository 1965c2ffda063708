package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;

/** Announces a frame larger than was agreed. */
final class FrameTooLarge extends Abuse {
  private static final int LARGEST = (1 << 24) - 1;

  FrameTooLarge() {
    super(About.of("frame-too-large", Group.PROTOCOL, Severity.MEDIUM)
        .tries("A frame that claims 16 MiB, on a connection that agreed on 16 KiB.")
        .safe("The connection is ended at once.")
        .source("RFC 9113 section 4.2")
        .remedy("Enforce SETTINGS_MAX_FRAME_SIZE before anything is buffered."));
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
      connection.request(stream, attack.path());
      connection.frame(LARGEST, Frame.DATA, 0, stream, new byte[1024]).send();
      long start = System.nanoTime();
      Flood.Ending ending = Flood.of(connection, 0, (to, number) -> {});
      return ending.isCut()
          ? Outcome.passed(ending.how() + " after "
              + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + " ms")
          : Outcome.finding("the server waits for the rest of the frame");
    }
  }
}
