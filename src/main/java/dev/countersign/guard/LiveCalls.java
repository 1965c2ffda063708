package dev.countersign.guard;

import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.credentials.TrustSource;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.policy.Decision;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that are open, with their calls, and the walk that decides them again when the policy or the trust has
 * another generation or the time is up. Policies and sources of trust wake it; it looks five times a second besides, so
 * that it depends on no source that might not tell and no clock that is set can escape it; then it also closes connections
 * that have waited ten seconds for a place among those of their identity, and those whose peer has left the end of a call
 * unread for two seconds. A look at which nothing has changed reads a few numbers, however many connections there are, and
 * those of the connections that are new. It runs on a thread of its own, never on an event loop, and pauses between slices
 * so that other traffic keeps flowing. Whatever fails in a look is logged and stops nothing else; a connection that cannot
 * be decided again is refused and closed.
 */
final class LiveCalls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveCalls.class);
  private static final int LOOKS_BEYOND_LIMIT = 50;
  private static final int SLICE = 128;
  private static final long PAUSE_NANOS = 1_000_000;
  private static final int TELLING_THREADS = 4;
  private static final int CLOSED_AT_ONCE = 10;
  private static final long BETWEEN_CLOSES_MILLIS = 50;
  private static final long IDLE_SECONDS = 10;

  private final Supplier<PolicyState> policy;
  private final Shadow shadow;
  private final InstantSource clock;
  private final GuardMetrics metrics;
  private final Set<TrustSource> sources = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final AtomicBoolean unrecorded = new AtomicBoolean();
  private final EndedCalls ended = new EndedCalls();
  private final Set<GuardedConnection> connections = ConcurrentHashMap.newKeySet();
  private final Set<GuardedConnection> withoutPlace = ConcurrentHashMap.newKeySet();
  private final Set<GuardedConnection> entered = ConcurrentHashMap.newKeySet();
  private final Runnable waker = this::wake;
  private final ScheduledExecutorService walker;
  private final ExecutorService telling;

  // Used on the walking thread only.
  private final LastWalk lastWalk = new LastWalk();
  private final Queue<GuardedConnection> toClose = new ArrayDeque<>();
  private final Queue<Runnable> toTell = new ArrayDeque<>();
  private final Queue<Runnable> toLog = new ArrayDeque<>();
  private int inSlice;

  LiveCalls(
      Supplier<PolicyState> policy, Shadow shadow, InstantSource clock, GuardMetrics metrics) {
    this.policy = policy;
    this.shadow = shadow;
    this.clock = clock;
    this.metrics = metrics;
    // Sources of trust may call when it is over.
    this.walker = new ScheduledThreadPoolExecutor(
        1, threads("countersign-live"), new ThreadPoolExecutor.DiscardPolicy());
    // Handlers may block when they hear of the end; the walk must not wait for them.
    ThreadPoolExecutor pool = new ThreadPoolExecutor(
        TELLING_THREADS,
        TELLING_THREADS,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        threads("countersign-ended-calls"));
    pool.allowCoreThreadTimeOut(true);
    this.telling = pool;
    metrics.observeOpenCalls(this::openCalls);
  }

  private static ThreadFactory threads(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Begins to look. */
  void start(Duration every) {
    walker.scheduleWithFixedDelay(
        this::look, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
  }

  void enter(GuardedConnection connection) {
    // Its calls are decided by these, or by later ones that the next look finds.
    connection.reviewed(policy.get(), shadow.generation());
    connections.add(connection);
    if (connection.isBeyondLimit()) {
      withoutPlace.add(connection);
    }
    TrustSource source = connection.trust();
    if (source != null && sources.add(source)) {
      source.onTrustChange(waker);
    }
    entered.add(connection);
  }

  void leave(GuardedConnection connection) {
    connections.remove(connection);
    entered.remove(connection);
    withoutPlace.remove(connection);
  }

  /** Looks without waiting for the next time. */
  void wake() {
    if (woken.compareAndSet(false, true)) {
      walker.execute(this::walk);
    }
  }

  private long openCalls() {
    return connections.stream().mapToLong(each -> each.calls().count()).sum();
  }

  private void look() {
    walk();
    guarded(this::closeCrowdedOut);
    guarded(() -> ended.look(call -> guarded(() -> closeUnread(call.connection()))));
  }

  private void walk() {
    woken.set(false);
    guarded(this::reviewAll);
  }

  /** Whatever goes wrong in a part of a look, the others and the next look come. */
  private static void guarded(Runnable part) {
    try {
      part.run();
    } catch (Throwable e) {
      failed("a part of a look at the open connections failed; the others follow", e);
    }
  }

  /** Says so if that is possible: where memory ran out it may not be, and the looks have to go on. */
  private static void failed(String what, Throwable why) {
    try {
      LOG.error(what, why);
    } catch (Throwable e) {
      why.addSuppressed(e);
    }
  }

  private void reviewAll() {
    unrecorded.set(false);
    PolicyState state = policy.get();
    long shadowGeneration = shadow.generation();
    Instant now = clock.instant();
    boolean idle = toClose.isEmpty();
    try {
      reviewChanged(state, shadowGeneration, now);
    } catch (Throwable e) {
      lastWalk.forget();
      throw e;
    } finally {
      tellHandlers();
      if (idle) {
        closeSome();
      }
    }
    // No call has to wait for a log line about another.
    while (!toLog.isEmpty()) {
      guarded(toLog.remove());
    }
  }

  private void reviewChanged(PolicyState state, long shadowGeneration, Instant now) {
    if (!lastWalk.covers(state, shadowGeneration, sources, now)) {
      lastWalk.begins(state, shadowGeneration, sources);
      for (GuardedConnection connection : connections) {
        review(connection, state, shadowGeneration, now);
        lastWalk.saw(connection);
      }
    }
    for (Iterator<GuardedConnection> each = entered.iterator(); each.hasNext(); ) {
      GuardedConnection next = each.next();
      each.remove();
      review(next, state, shadowGeneration, now);
      lastWalk.saw(next);
    }
  }

  private void closeCrowdedOut() {
    withoutPlace.removeIf(connection -> !connection.isBeyondLimit());
    withoutPlace.stream()
        .filter(connection -> connection.isToLeave(LOOKS_BEYOND_LIMIT))
        .forEach(connection -> guarded(() -> crowdedOut(connection)));
  }

  /** Calls on it were refused; a peer that is let wait would hold what others need. */
  private void crowdedOut(GuardedConnection connection) {
    LOG.warn("closed connection of {}: its identity has too many", connection);
    metrics.connectionCrowdedOut(connection.transport());
    connection.close();
  }

  /** Its other calls go with it: nothing else takes from a peer what was written for it. */
  private void closeUnread(GuardedConnection connection) {
    if (connections.contains(connection) && connection.isFirstUnread()) {
      LOG.warn(
          "closed connection of {}: its peer does not read the end of a call that was ended",
          connection);
      metrics.connectionUnread(connection.transport());
      connection.close();
    }
  }

  /**
   * Closes connections whose calls have all been ended, a few at a time: their peers come back at once, and all their
   * handshakes together would hold up everybody else. Until then each call on them is refused.
   */
  private void closeSome() {
    for (int i = 0; i < CLOSED_AT_ONCE && !toClose.isEmpty(); i++) {
      guarded(toClose.remove()::close);
    }
    if (!toClose.isEmpty()) {
      walker.schedule(this::closeSome, BETWEEN_CLOSES_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void review(
      GuardedConnection connection, PolicyState state, long shadowGeneration, Instant now) {
    try {
      if (!connection.needsReview(state, shadowGeneration, now)
          || holds(connection, state, shadowGeneration)) {
        return;
      }
    } catch (Throwable e) {
      guarded(() ->
          LOG.error("closes the connection of {}: it cannot be decided again", connection, e));
      guarded(() -> refuse(connection, state, PeerRefusedException.undecided(e)));
    }
    connection.willClose();
    toClose.add(connection);
  }

  private boolean holds(GuardedConnection connection, PolicyState state, long shadowGeneration) {
    try {
      PeerIdentity identity = connection.identity();
      if (connection.policyHasMoved(state, shadowGeneration)) {
        connection.reviewed(state, shadowGeneration);
        decideAgain(connection, state, identity);
      }
      return true;
    } catch (PeerRefusedException e) {
      refuse(connection, state, e);
      return false;
    }
  }

  private void decideAgain(GuardedConnection connection, PolicyState state, PeerIdentity identity) {
    int count = 0;
    for (OpenCall<?, ?> call : connection.calls().now()) {
      if (endedByPolicy(call, state, identity, toTell::add)) {
        count++;
        pauseAfterSlice();
      }
    }
    if (count > 0) {
      int ends = count;
      toLog.add(() -> LOG.info(
          "ended {} calls of {}: policy \"{}\" no longer allows them",
          ends,
          connection,
          state.policy().name()));
    }
  }

  /** Decides a call again that began while the policy or the trust changed, on the thread that starts it. */
  void review(OpenCall<?, ?> call) {
    PolicyState state = policy.get();
    try {
      endedByPolicy(call, state, call.connection().identity(), telling);
    } catch (PeerRefusedException e) {
      endedByTrust(call, state, e, telling);
    } catch (RuntimeException | Error e) {
      failed("ended a call: it cannot be decided again", e);
      endedByTrust(call, state, PeerRefusedException.undecided(e), telling);
    }
  }

  private boolean endedByPolicy(
      OpenCall<?, ?> call, PolicyState state, PeerIdentity identity, Executor teller) {
    GuardedConnection connection = call.connection();
    Decision decision = connection.decide(state, identity, call.method(), call.headers());
    shadow.compare(connection, identity, call.method(), call.headers(), decision);
    if (decision.allowed() || !call.end(Refusal.NOT_AUTHORIZED, teller)) {
      return false;
    }
    ended.add(call);
    LOG.debug("ended {} of {}: {}", call.method(), connection, decision.reason());
    record(call, identity, decision);
    metrics.endedDenied();
    return true;
  }

  private void refuse(GuardedConnection connection, PolicyState state, PeerRefusedException why) {
    // First, so that a call that enters meanwhile sees it.
    connection.refuse(why);
    int count = 0;
    for (OpenCall<?, ?> call : connection.calls().now()) {
      if (endedByTrust(call, state, why, toTell::add)) {
        count++;
        pauseAfterSlice();
      }
    }
    int ends = count;
    toLog.add(() -> LOG.warn(
        "ended {} calls of {} and closes the connection: {}: {}",
        ends,
        connection,
        why.reason(),
        why.getMessage()));
  }

  private boolean endedByTrust(
      OpenCall<?, ?> call, PolicyState state, PeerRefusedException why, Executor teller) {
    try {
      if (!call.end(Refusal.NOT_AUTHENTICATED, teller)) {
        return false;
      }
    } catch (RuntimeException | Error e) {
      failed("a call could not be ended and ends with its connection", e);
      return false;
    }
    record(
        call,
        call.connection().lastIdentity(),
        new Decision(false, null, null, state.policy().name()));
    metrics.endedUnauthenticated(why.reason());
    return true;
  }

  /** Records the end of a call where the policy in force wants it; a sink that fails keeps no call from its end. */
  private void record(OpenCall<?, ?> call, PeerIdentity identity, Decision decision) {
    try {
      Audit.recordInForce(policy, clock, call.method(), identity, decision);
    } catch (RuntimeException | Error e) {
      // Said once a look: no call has to wait for a thousand stack traces.
      if (unrecorded.compareAndSet(false, true)) {
        failed("the end of a call, and maybe of others, could not be recorded for the audit", e);
      }
    }
  }

  /** Peers come first: handlers hear of a slice when its calls have all been ended. */
  private void tellHandlers() {
    while (!toTell.isEmpty()) {
      Runnable next = toTell.remove();
      guarded(() -> telling.execute(next));
    }
  }

  private void pauseAfterSlice() {
    if (++inSlice % SLICE == 0) {
      tellHandlers();
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  @Override
  public void close() {
    sources.forEach(source -> source.forget(waker));
    walker.shutdownNow();
    telling.shutdown();
  }
}
