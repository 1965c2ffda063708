package dev.countersign.assessment;

import dev.countersign.assessment.NaiveServer.Weak;
import dev.countersign.assessment.Weaknesses.Weakness;
import dev.countersign.credentials.PeerRefusedException.Reason;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Servers that can be abused: grpc-java with its own limits where that is enough, else one without any. */
final class Abused {
  private Abused() {}

  static void addTo(Map<String, Weakness> byCheck) {
    for (String name : List.of(
        "rapid-reset",
        "made-you-reset",
        "made-you-reset-by-overflow",
        "unlimited-streams",
        "zero-window",
        "settings-flood",
        "priority-flood",
        "window-update-flood",
        "reset-flood",
        "empty-data-flood",
        "padding-flood",
        "ping-answer-flood",
        "unknown-frame-flood")) {
      byCheck.put(name, Weaknesses.overTls(s -> Weaknesses.plain(s, builder -> {})));
    }
    for (String name : List.of("length-prefix-of-2-gib", "compressed-bomb")) {
      byCheck.put(
          name,
          Weaknesses.overTls(s ->
              Weaknesses.plain(s, builder -> builder.maxInboundMessageSize(Integer.MAX_VALUE))));
    }
    for (String name : List.of(
        "continuation-flood",
        "continuation-flood-empty",
        "ping-flood",
        "hpack-bomb",
        "metadata-bomb",
        "length-prefix-negative",
        "compressed-without-encoding",
        "frame-too-large",
        "slow-preface",
        "slow-headers")) {
      byCheck.put(name, Weaknesses.overTls(WeakServers::forgiving));
    }
    for (String name : List.of("hpack-overlong-number", "hpack-table-size")) {
      byCheck.put(name, naive(weak -> weak.guessesBrokenHeaders = true));
    }
    byCheck.put("header-table-drift", naive(weak -> weak.rejectsWithoutDecoding = true));
    byCheck.put(
        "tiny-header-list",
        naive(weak ->
            weak.stallsAt = frame -> frame.type() == Frame.SETTINGS && frame.setting(6) == 1));
    for (String name : List.of("connection-flood", "handshake-flood")) {
      byCheck.put(name, naive(weak -> {
        weak.oneHandshakeAtATime = true;
        weak.stallsAtAbruptEnds = true;
      }));
    }
    byCheck.put("abrupt-ends", naive(weak -> weak.stallsAtAbruptEnds = true));
    byCheck.put("still-serves", naive(weak -> weak.diesAt = new After(100, Frame.RST_STREAM)));
  }

  private static Weakness naive(Consumer<Weak> weakness) {
    return Weaknesses.overTls(s -> s.naive(Set.<Reason>of(), weakness));
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
