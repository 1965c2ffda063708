package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Problem;
import dev.countersign.credentials.KeyMaterialLoader.Loaded;
import dev.countersign.credentials.KeyMaterialLoader.Reloaded;
import dev.countersign.files.ContentWatch;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Key material in files. What is in use is swapped with one volatile write. A change that cannot be used is told once and
 * tried again for as long as it stays: a file's rights and the time of day are no part of its content.
 */
final class FileKeyMaterial implements KeyMaterial {
  private final KeyMaterialLoader loader;
  private final Duration every;
  private final ScheduledExecutorService watcher;
  private final List<Consumer<Reload>> listeners = new CopyOnWriteArrayList<>();
  private final List<Runnable> trustListeners = new CopyOnWriteArrayList<>();
  private final ContentWatch watch;
  private volatile Loaded loaded;

  // Used on the watching thread only.
  private boolean incomplete;
  private boolean retrying;

  private FileKeyMaterial(
      KeyMaterialLoader loader, Duration every, ScheduledExecutorService watcher, Loaded loaded) {
    this.loader = loader;
    this.every = every;
    this.watcher = watcher;
    this.loaded = loaded;
    this.watch = ContentWatch.over(loader.files().all(), every, watcher, this::changed);
  }

  static FileKeyMaterial open(KeyMaterialLoader loader, Duration every)
      throws KeyMaterialException {
    return open(loader, every, Executors.newSingleThreadScheduledExecutor(task -> {
      Thread thread = new Thread(task, "countersign-key-material");
      thread.setDaemon(true);
      return thread;
    }));
  }

  /** Takes over the executor, which must run one task at a time. */
  static FileKeyMaterial open(
      KeyMaterialLoader loader, Duration every, ScheduledExecutorService watcher)
      throws KeyMaterialException {
    try {
      FileKeyMaterial material = new FileKeyMaterial(loader, every, watcher, loader.load());
      material.watch.start();
      return material;
    } catch (KeyMaterialException e) {
      watcher.shutdownNow();
      throw e;
    }
  }

  private void changed() {
    look(true);
  }

  private void retry() {
    retrying = false;
    if (incomplete) {
      look(false);
    }
  }

  private void look(boolean tellRefusal) {
    Loaded before = loaded;
    Reloaded result = loader.reload(before);
    if (!watch.isSettled()) {
      // Somebody wrote meanwhile.
      return;
    }
    loaded = result.loaded();
    if (loaded.trust() != before.trust()) {
      // Before anybody writes a log: calls may have to end.
      trustListeners.forEach(this::tell);
    }
    boolean repaired = incomplete && result.problems().isEmpty();
    incomplete = !result.problems().isEmpty();
    if (result.changed() || repaired || (incomplete && tellRefusal)) {
      tell(before, result);
    }
    if (incomplete && !retrying) {
      retrying = true;
      watcher.schedule(this::retry, every.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void tell(Loaded before, Reloaded result) {
    Credential credential = result.loaded().credential();
    boolean accepted = result.problems().isEmpty();
    String message;
    if (accepted) {
      message = (result.changed() ? "took up new key material: " : "files are as before again: ")
          + credential;
    } else {
      String kept = "kept the previous key material (" + before.credential() + ")";
      if (result.changed()) {
        kept = credential == before.credential()
            ? "took up new trust and kept the previous certificate (" + credential + ")"
            : "took up a new certificate (" + credential + ") and kept the previous trust";
      }
      message = kept + ": "
          + result.problems().stream().map(Problem::message).collect(Collectors.joining("; "));
    }
    Reload reload = new Reload(accepted, message);
    listeners.forEach(listener -> tell(() -> listener.accept(reload)));
  }

  /** Calls a listener; one that fails must not keep the news from the others. */
  private void tell(Runnable listener) {
    try {
      listener.run();
    } catch (RuntimeException e) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
  }

  @Override
  public Credential credential() {
    return loaded.credential();
  }

  @Override
  public TrustState trust() {
    return loaded.trust();
  }

  @Override
  public void onTrustChange(Runnable listener) {
    trustListeners.add(listener);
  }

  @Override
  public void onReload(Consumer<Reload> listener) {
    listeners.add(listener);
  }

  @Override
  public void close() {
    watch.close();
    watcher.shutdownNow();
  }
}
