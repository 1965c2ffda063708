package dev.countersign.assessment;

import dev.countersign.assessment.NaiveServer.Weak;
import dev.countersign.assessment.Weaknesses.Weakness;
import dev.countersign.credentials.PeerRefusedException.Reason;
import io.grpc.netty.NettyServerBuilder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Servers that can be abused: grpc-java with its own limits where that is enough, else one without any. */
final class Abused {
  private static final String ANSWERED = "the call was answered (gRPC status 0)";
  private static final String NOT_SERVED =
      "a call of a well-behaved client failed: SocketTimeoutException: Read timed out";

  private Abused() {}

  static void addTo(Map<String, Weakness> byCheck) {
    String frames = "20000 frames were taken without an end of the connection";
    for (String name : List.of(
        "settings-flood",
        "priority-flood",
        "window-update-flood",
        "reset-flood",
        "empty-data-flood",
        "padding-flood",
        "ping-answer-flood",
        "unknown-frame-flood")) {
      plain(byCheck, name, frames, builder -> {});
    }
    plain(
        byCheck, "rapid-reset", "2000 requests that were reset at once were taken", builder -> {});
    for (String name : List.of("made-you-reset", "made-you-reset-by-overflow")) {
      plain(byCheck, name, "2000 streams that the server had to reset were taken", builder -> {});
    }
    for (String name : List.of("unlimited-streams", "zero-window")) {
      plain(byCheck, name, "all of 2000 calls were taken", builder -> {});
    }
    plain(
        byCheck,
        "length-prefix-of-2-gib",
        "the server waits for the rest of the message",
        builder -> builder.maxInboundMessageSize(Integer.MAX_VALUE));
    plain(
        byCheck,
        "compressed-bomb",
        "the call was answered (HTTP status 200)",
        builder -> builder.maxInboundMessageSize(Integer.MAX_VALUE));
    for (String name : List.of("continuation-flood", "continuation-flood-empty")) {
      limitless(byCheck, name, "8000 frames of one header block were taken");
    }
    limitless(byCheck, "ping-flood", "5000 pings were taken without an end of the connection");
    for (String name : List.of("hpack-bomb", "metadata-bomb", "compressed-without-encoding")) {
      limitless(byCheck, name, ANSWERED);
    }
    limitless(byCheck, "length-prefix-negative", "the server waits for the rest of the message");
    limitless(byCheck, "frame-too-large", "the server waits for the rest of the frame");
    limitless(byCheck, "slow-message", "the call is still open long after its deadline");
    for (String name : List.of("slow-preface", "slow-headers")) {
      limitless(byCheck, name, "it is still open after 3 s");
    }
    for (String name : List.of("hpack-overlong-number", "hpack-table-size")) {
      naive(byCheck, name, ANSWERED, weak -> weak.guessesBrokenHeaders = true);
    }
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

  private static void plain(
      Map<String, Weakness> byCheck,
      String check,
      String finding,
      Consumer<NettyServerBuilder> settings) {
    byCheck.put(check, Weaknesses.overTls(finding, s -> Weaknesses.plain(s, settings)));
  }

  private static void limitless(Map<String, Weakness> byCheck, String check, String finding) {
    byCheck.put(check, Weaknesses.overTls(finding, WeakServers::forgiving));
  }

  private static void naive(
      Map<String, Weakness> byCheck, String check, String finding, Consumer<Weak> weakness) {
    byCheck.put(check, Weaknesses.overTls(finding, s -> s.naive(Set.<Reason>of(), weakness)));
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
