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
  private static final int ENOUGH = 2_000;

  private Abused() {}

  static void addTo(Map<String, Weakness> byCheck) {
    for (String name : List.of(
        "rapid-reset",
        "made-you-reset",
        "made-you-reset-by-overflow",
        "unlimited-streams",
        "zero-window")) {
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
        "slow-preface")) {
      byCheck.put(name, Weaknesses.overTls(WeakServers::forgiving));
    }
    for (String name : List.of("hpack-overlong-number", "hpack-table-size")) {
      byCheck.put(name, naive(weak -> weak.guessesBrokenHeaders = true));
    }
    byCheck.put("header-table-drift", naive(weak -> weak.rejectsWithoutDecoding = true));
    stalling(byCheck, "settings-flood", Frame.SETTINGS);
    stalling(byCheck, "priority-flood", Frame.PRIORITY);
    stalling(byCheck, "window-update-flood", Frame.WINDOW_UPDATE);
    stalling(byCheck, "empty-data-flood", Frame.DATA);
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

  /** Nobody is served any more once so many frames of a type came. */
  private static void stallsAt(Weak weak, int type) {
    weak.stallsAt = new After(ENOUGH, type);
  }

  private static void stalling(Map<String, Weakness> byCheck, String check, int type) {
    byCheck.put(check, naive(weak -> stallsAt(weak, type)));
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
