package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.Fault.Delay;
import dev.countersign.emulator.Fault.Plain;
import dev.countersign.emulator.Fault.WrongPeer;
import dev.countersign.emulator.HandshakeRefused.Reason;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The faults of one workload's handshaker, as they are at each moment. Thread-safe. */
final class Faults {
  private static final RpcVersions NOBODY_SPEAKS = RpcVersions.only(99, 0);

  private final Executor executor;
  private volatile Set<Fault> active = Set.of();
  private CompletableFuture<Void> thaw = new CompletableFuture<>();

  Faults(Executor executor) {
    this.executor = executor;
  }

  synchronized void inject(Fault fault) {
    Set<Fault> changed = new LinkedHashSet<>(active);
    changed.add(fault);
    active = Set.copyOf(changed);
  }

  synchronized void heal() {
    active = Set.of();
    thaw.complete(null);
    thaw = new CompletableFuture<>();
  }

  boolean has(Plain fault) {
    return active.contains(fault);
  }

  /** Completes when the next request may be looked at; no thread waits for it. */
  CompletableFuture<Void> pause() {
    CompletableFuture<Void> thawed = thawed();
    Duration delay = delay();
    return delay.isZero()
        ? thawed
        : thawed.thenRunAsync(
            () -> {},
            CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS, executor));
  }

  /** Refuses a request, if that was asked for; {@code answered} is how many of the handshake's had an answer. */
  void check(int answered) throws HandshakeRefused {
    if (has(Plain.REFUSE)) {
      throw new HandshakeRefused(Reason.INJECTED, "the emulator was told to refuse");
    }
    if (has(Plain.CUT) && answered > 0) {
      throw new HandshakeRefused(Reason.CUT, "the emulator was told to cut the handshake");
    }
  }

  /** The step with what was asked for done to it. */
  Step applyTo(Step step) {
    Outcome outcome = step.outcome();
    return step.withOutFrames(changed(step.outFrames()))
        .withOutcome(outcome == null ? null : changed(outcome));
  }

  private synchronized CompletableFuture<Void> thawed() {
    return has(Plain.FREEZE)
        ? thaw.thenRunAsync(() -> {}, executor)
        : CompletableFuture.completedFuture(null);
  }

  private Duration delay() {
    return active.stream()
        .filter(Delay.class::isInstance)
        .map(fault -> ((Delay) fault).time())
        .reduce(Duration.ZERO, Duration::plus);
  }

  private ByteString changed(ByteString frames) {
    if (frames.isEmpty()) {
      return frames;
    }
    if (has(Plain.OVERSIZED_FRAME)) {
      return Frame.oversized();
    }
    return has(Plain.TAMPERED_FRAME) ? tampered(frames) : frames;
  }

  private static ByteString tampered(ByteString frames) {
    int last = frames.size() - 1;
    byte flipped = (byte) (frames.byteAt(last) ^ 1);
    return frames.substring(0, last).concat(ByteString.copyFrom(new byte[] {flipped}));
  }

  private Outcome changed(Outcome honest) {
    Outcome outcome = honest;
    WrongPeer wrongPeer = wrongPeer();
    if (wrongPeer != null) {
      outcome = outcome.withPeer(wrongPeer.account());
    }
    if (has(Plain.SHORT_KEY)) {
      outcome =
          outcome.withKeyData(outcome.keyData().substring(0, KeySchedule.RECORD_KEY_BYTES - 1));
    }
    return has(Plain.VERSION_MISMATCH) ? outcome.withPeerVersions(NOBODY_SPEAKS) : outcome;
  }

  private @Nullable WrongPeer wrongPeer() {
    return active.stream()
        .filter(WrongPeer.class::isInstance)
        .map(WrongPeer.class::cast)
        .findFirst()
        .orElse(null);
  }
}
