package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialLoader.Loaded;
import dev.countersign.credentials.KeyMaterialLoader.Reloaded;
import dev.countersign.files.ContentWatch;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Key material in files. What is in use is swapped with one volatile write. A change that cannot be used is told once and
 * tried again for as long as it stays: a file's rights and the time of day are no part of its content.
 */
final class FileKeyMaterial implements KeyMaterial {
  private final KeyMaterialLoader loader;
  private final Duration every;
  private final ScheduledExecutorService watcher;
  private final ReloadNews news = new ReloadNews();
  private final ContentWatch watch;
  private volatile Loaded loaded;

  // Used on the watching thread only.
  private boolean incomplete;
  private boolean retrying;

  private FileKeyMaterial(
      IdentityFiles files,
      KeyMaterialLoader loader,
      Duration every,
      ScheduledExecutorService watcher,
      Loaded loaded) {
    this.loader = loader;
    this.every = every;
    this.watcher = watcher;
    this.loaded = loaded;
    this.watch = ContentWatch.over(files.all(), every, watcher, this::changed);
  }

  static FileKeyMaterial open(IdentityFiles files, Role role, Duration every, InstantSource clock)
      throws KeyMaterialException {
    return open(files, role, every, clock, Executors.newSingleThreadScheduledExecutor(task -> {
      Thread thread = new Thread(task, "countersign-key-material");
      thread.setDaemon(true);
      return thread;
    }));
  }

  /** Takes over the executor, which must run one task at a time. */
  static FileKeyMaterial open(
      IdentityFiles files,
      Role role,
      Duration every,
      InstantSource clock,
      ScheduledExecutorService watcher)
      throws KeyMaterialException {
    KeyMaterialLoader loader = new KeyMaterialLoader(new FileSource(files), role, clock);
    try {
      FileKeyMaterial material = new FileKeyMaterial(files, loader, every, watcher, loader.load());
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
      news.tellNewTrust();
    }
    boolean repaired = incomplete && result.problems().isEmpty();
    incomplete = !result.problems().isEmpty();
    if (result.changed() || repaired || (incomplete && tellRefusal)) {
      news.tell(ReloadNews.of(before, result, "files are"));
    }
    if (incomplete && !retrying) {
      retrying = true;
      watcher.schedule(this::retry, every.toNanos(), TimeUnit.NANOSECONDS);
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
    watch.close();
    watcher.shutdownNow();
  }
}
