package dev.countersign.assessment;

import dev.countersign.assessment.FrameRules.Rule;
import dev.countersign.assessment.NaiveServer.Weak;
import dev.countersign.assessment.Weaknesses.Weakness;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Servers that can be abused in one way, and bound everything else. */
final class Abused {
  private static final String ANSWERED = "the call was answered (gRPC status 0)";
  private static final String NOT_SERVED =
      "a call of a well-behaved client failed: SocketTimeoutException: Read timed out";

  private static final String WAITS_FOR_MESSAGE = "the server waits for the rest of the message";
  private static final int TABLE_SIZE_MASK = 0xe0;
  private static final int TABLE_SIZE = 0x20;

  private Abused() {}

  static void addTo(Map<String, Weakness> byCheck) {
    controlFrames(byCheck);
    unbounded(
        byCheck, "rapid-reset", "2000 requests that were reset at once were taken", Rule.RESETS);
    String resets = "2000 streams that the server had to reset were taken";
    unbounded(byCheck, "made-you-reset", resets, Rule.EMPTY_UPDATES);
    unbounded(byCheck, "made-you-reset-by-overflow", resets, Rule.OVERFLOWS);
    String calls = "all of 2000 calls were taken";
    unbounded(byCheck, "unlimited-streams", calls, Rule.OPEN_CALLS);
    unbounded(byCheck, "zero-window", calls, Rule.STUCK_ANSWERS);
    unbounded(byCheck, "length-prefix-of-2-gib", WAITS_FOR_MESSAGE, Rule.MESSAGE_BYTES);
    unbounded(byCheck, "compressed-bomb", ANSWERED, Rule.INFLATED_BYTES);
    unbounded(byCheck, "hpack-bomb", ANSWERED, Rule.HEADER_BYTES, Rule.BLOCK_BYTES);
    unbounded(byCheck, "metadata-bomb", ANSWERED, Rule.HEADER_NAMES, Rule.BLOCK_BYTES);
    unbounded(byCheck, "compressed-without-encoding", ANSWERED, Rule.ENCODING);
    unbounded(byCheck, "length-prefix-negative", WAITS_FOR_MESSAGE, Rule.NEGATIVE_LENGTH);
    unbounded(
        byCheck, "frame-too-large", "the server waits for the rest of the frame", Rule.FRAME_BYTES);
    slow(
        byCheck,
        "slow-message",
        "the call is still open long after its deadline",
        Rule.TIME_OF_CALL);
    slow(byCheck, "slow-preface", "it is still open after 5 s", Rule.TIME_OF_PREFACE);
    slow(byCheck, "slow-headers", "it is still open after 5 s", Rule.TIME_OF_HEADERS);
    guessing(byCheck, "hpack-overlong-number", block -> block[block.length - 1] == (byte) 0xff);
    guessing(byCheck, "hpack-table-size", block -> (block[0] & TABLE_SIZE_MASK) == TABLE_SIZE);
    naive(
        byCheck,
        "header-table-drift",
        "the call was taken for another: ",
        weak -> weak.rejectsWithoutDecoding = true);
    naive(
        byCheck,
        "tiny-header-list",
        NOT_SERVED,
        weak -> weak.stallsAt = frame -> frame.type() == Frame.SETTINGS && frame.setting(6) == 1);
    naive(
        byCheck,
        "connection-flood",
        "no new connection is served meanwhile",
        weak -> weak.oneHandshakeAtATime = true);
    naive(byCheck, "handshake-flood", NOT_SERVED, weak -> weak.stallsAtAbandonedHandshakes = true);
    naive(byCheck, "abrupt-ends", NOT_SERVED, weak -> weak.stallsAtAbruptEnds = true);
    naive(
        byCheck,
        "still-serves",
        "the allowed identity is no longer served: ConnectException",
        weak -> weak.diesAt = new After(100, Frame.RST_STREAM));
  }

  private static void controlFrames(Map<String, Weakness> byCheck) {
    Map.of(
            "settings-flood", Rule.SETTINGS,
            "priority-flood", Rule.PRIORITIES,
            "window-update-flood", Rule.WINDOW_UPDATES,
            "reset-flood", Rule.RESETS_OF_NOTHING,
            "empty-data-flood", Rule.EMPTY_DATA,
            "padding-flood", Rule.PADDING,
            "ping-answer-flood", Rule.PING_ANSWERS,
            "unknown-frame-flood", Rule.UNKNOWN_FRAMES)
        .forEach((check, rule) -> unbounded(
            byCheck, check, "20000 frames were taken without an end of the connection", rule));
    unbounded(
        byCheck,
        "ping-flood",
        "5000 pings were taken without an end of the connection",
        Rule.PINGS);
    String block = "8000 frames of one header block were taken";
    // They take longer than a block may, when all of it was sent.
    unbounded(byCheck, "continuation-flood", block, Rule.CONTINUATIONS, Rule.TIME_OF_HEADERS);
    unbounded(
        byCheck, "continuation-flood-empty", block, Rule.EMPTY_CONTINUATIONS, Rule.TIME_OF_HEADERS);
  }

  private static void unbounded(
      Map<String, Weakness> byCheck, String check, String finding, Rule... rules) {
    naive(byCheck, check, finding, weak -> weak.unbounded = Set.of(rules));
  }

  private static void slow(Map<String, Weakness> byCheck, String check, String finding, Rule rule) {
    byCheck.put(
        check,
        new Weakness(
            servers -> servers
                .target(servers.naive(weak -> weak.unbounded = Set.of(rule)))
                .handshakePatience(HandshakeRules.PATIENCE),
            finding));
  }

  private static void guessing(
      Map<String, Weakness> byCheck, String check, Predicate<byte[]> blocks) {
    naive(byCheck, check, ANSWERED, weak -> weak.guesses = blocks);
  }

  /** Bounds everything, unless the weakness says otherwise. */
  private static void naive(
      Map<String, Weakness> byCheck, String check, String finding, Consumer<Weak> weakness) {
    byCheck.put(
        check,
        Weaknesses.overTls(
            finding,
            s -> s.naive(weak -> {
              weak.unbounded = Set.of();
              weakness.accept(weak);
            })));
  }

  private record After(AtomicInteger seen, int count, int type) implements Predicate<Frame> {
    After(int count, int type) {
      this(new AtomicInteger(), count, type);
    }

    @Override
    public boolean test(Frame frame) {
      return frame.type() == type && seen.incrementAndGet() == count;
    }
  }
}
