package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Problem;
import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.credentials.KeyMaterialLoader.Loaded;
import dev.countersign.credentials.KeyMaterialLoader.Reloaded;
import dev.countersign.identity.SpiffeId;
import dev.countersign.text.Quoted;
import dev.countersign.workload.AgentSocket;
import dev.countersign.workload.WorkloadApi;
import dev.countersign.workload.WorkloadIdentities;
import io.grpc.Status;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Key material that an agent sends. What is in use is swapped with one volatile write, on the thread that hears the
 * agent. An answer that cannot be used is told once and tried again every second: it may only be too early. An agent
 * that is gone is told once too. One that answers and has nothing for us has taken our identity back: it is not
 * dropped, because an agent that was just started says the same, but it is no longer fit for traffic.
 */
final class WorkloadKeyMaterial implements KeyMaterial, WorkloadApi.Listener {
  private static final Duration RETRY_EVERY = Duration.ofSeconds(1);

  private final AgentSocket socket;
  private final Use use;
  private final ScheduledExecutorService executor;
  private final ReloadNews news = new ReloadNews();
  private final CountDownLatch decided = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable Loaded loaded;
  private volatile @Nullable String obstacle;
  private @Nullable WorkloadApi api;

  // Written on the executor, and read elsewhere only after the latch.
  private @Nullable KeyMaterialException refused;
  private volatile @Nullable Status lost;

  // Used on the executor only.
  private @Nullable WorkloadIdentities unusable;

  /**
   * What is made of the agent's answers.
   *
   * @param wanted which identity to take; null for the first
   * @param role what its certificate must be good for
   * @param clock what validity is compared with
   */
  record Use(@Nullable SpiffeId wanted, Role role, InstantSource clock) {
    KeyMaterialLoader loaderOf(WorkloadIdentities identities) {
      return new KeyMaterialLoader(new WorkloadSource(identities, wanted), role, clock);
    }
  }

  private WorkloadKeyMaterial(AgentSocket socket, Use use, ScheduledExecutorService executor) {
    this.socket = socket;
    this.use = use;
    this.executor = executor;
  }

  static WorkloadKeyMaterial open(AgentSocket socket, Use use, Duration patience)
      throws KeyMaterialException {
    ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
      Thread thread = new Thread(task, "countersign-workload-api");
      thread.setDaemon(true);
      return thread;
    });
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    WorkloadKeyMaterial material = new WorkloadKeyMaterial(socket, use, executor);
    material.api = WorkloadApi.open(socket, executor, material);
    try {
      material.awaitFirst(patience);
      return material;
    } catch (KeyMaterialException e) {
      material.close();
      throw e;
    }
  }

  private void awaitFirst(Duration patience) throws KeyMaterialException {
    boolean inTime = false;
    try {
      inTime = decided.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (refused != null) {
      throw refused;
    }
    if (!inTime || loaded == null) {
      Status last = lost;
      String time = patience.toMillis() + " ms";
      throw new KeyMaterialException(List.of(new Problem(
          Reason.AGENT,
          last == null
              ? "the Workload API at " + socket + " did not answer within " + time
              : missing(last) + ", for " + time)));
    }
  }

  @Override
  public void received(WorkloadIdentities identities) {
    Loaded before = loaded;
    if (before == null) {
      loadFirst(identities);
    } else {
      reload(before, identities, true);
    }
  }

  private void loadFirst(WorkloadIdentities identities) {
    try {
      loaded = use.loaderOf(identities).load();
    } catch (KeyMaterialException e) {
      refused = e;
    }
    lost = null;
    decided.countDown();
  }

  private void reload(Loaded before, WorkloadIdentities identities, boolean isNew) {
    Reloaded result = use.loaderOf(identities).reload(before);
    loaded = result.loaded();
    if (result.loaded().trust() != before.trust()) {
      news.tellNewTrust();
    }
    boolean repaired = (unusable != null || lost != null) && result.problems().isEmpty();
    unusable = result.problems().isEmpty() ? null : identities;
    if (isNew) {
      lost = null;
    }
    obstacle = isTakenBack(result) ? takenBack(before) : null;
    if (result.changed() || repaired || (unusable != null && isNew)) {
      news.tell(ReloadNews.of(before, result, "the agent is back, and all is"));
    }
    if (unusable != null) {
      executor.schedule(() -> retry(identities), RETRY_EVERY.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** Whether the agent has identities for us, but not the one in use. */
  private static boolean isTakenBack(Reloaded result) {
    return result.problems().stream().anyMatch(problem -> problem.reason() == Reason.AGENT);
  }

  private static String takenBack(Loaded kept) {
    return "taken back by the agent: " + kept.credential();
  }

  private void retry(WorkloadIdentities identities) {
    Loaded before = loaded;
    if (identities.equals(unusable) && before != null) {
      reload(before, identities, false);
    }
  }

  @Override
  public void lost(Status status) {
    Status before = lost;
    lost = status;
    Loaded kept = loaded;
    if (kept == null) {
      if (status.getCode() == Status.Code.INVALID_ARGUMENT) {
        refused = new KeyMaterialException(List.of(new Problem(Reason.AGENT, missing(status))));
        decided.countDown();
      }
      return;
    }
    boolean takenBack = status.getCode() == Status.Code.PERMISSION_DENIED;
    if (takenBack) {
      obstacle = takenBack(kept);
    }
    if (before == null || before.getCode() != status.getCode()) {
      news.tell(new Reload(
          false,
          missing(status) + "; kept the previous key material (" + kept.credential() + ")"
              + (takenBack ? ", which is not fit for traffic" : "")));
    }
  }

  private String missing(Status status) {
    String said = status.getDescription() == null ? "" : ": " + Quoted.of(status.getDescription());
    String what = status.getCode() == Status.Code.PERMISSION_DENIED
        ? " has no identity for this process ("
        : " does not answer (";
    return "the Workload API at " + socket + what + status.getCode() + said + ")";
  }

  @Override
  public Credential credential() {
    return present().credential();
  }

  @Override
  public TrustState trust() {
    return present().trust();
  }

  private Loaded present() {
    Loaded present = loaded;
    if (present == null) {
      throw new IllegalStateException("key material is not there yet");
    }
    return present;
  }

  @Override
  public @Nullable String obstacle() {
    return obstacle;
  }

  @Override
  public void onTrustChange(Runnable listener) {
    news.ofTrustTo(listener);
  }

  @Override
  public void onReload(Consumer<Reload> listener) {
    news.to(listener);
  }

  @Override
  public void forget(Runnable listener) {
    news.forget(listener);
  }

  @Override
  public void forget(Consumer<Reload> listener) {
    news.forget(listener);
  }

  @Override
  public void close() {
    if (api != null && closed.compareAndSet(false, true)) {
      api.close();
      executor.execute(executor::shutdown);
    }
  }
}
