package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialLoader.Loaded;
import dev.countersign.files.ContentWatch;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Key material in files. What is in use is swapped with one volatile write; a change that cannot be used is told and
 * otherwise ignored until the content changes again.
 */
final class FileKeyMaterial implements KeyMaterial {
  private final KeyMaterialLoader loader;
  private final ScheduledExecutorService watcher;
  private final List<Consumer<Reload>> listeners = new CopyOnWriteArrayList<>();
  private volatile Loaded loaded;
  private @Nullable ContentWatch watch;

  private FileKeyMaterial(
      KeyMaterialLoader loader, ScheduledExecutorService watcher, Loaded loaded) {
    this.loader = loader;
    this.watcher = watcher;
    this.loaded = loaded;
  }

  static FileKeyMaterial open(KeyMaterialLoader loader, Duration every)
      throws KeyMaterialException {
    ScheduledExecutorService watcher = Executors.newSingleThreadScheduledExecutor(task -> {
      Thread thread = new Thread(task, "countersign-key-material");
      thread.setDaemon(true);
      return thread;
    });
    try {
      FileKeyMaterial material = new FileKeyMaterial(loader, watcher, loader.load(1, null));
      // A change between the load above and the first look is a difference in content, which
      // reload() compares with.
      material.watch = ContentWatch.of(loader.files().all(), every, watcher, material::reload);
      watcher.execute(material::reload);
      return material;
    } catch (KeyMaterialException e) {
      watcher.shutdownNow();
      throw e;
    }
  }

  private void reload() {
    Loaded before = loaded;
    Reload reload;
    try {
      Loaded after = loader.load(before.trust().generation() + 1, before.credential());
      if (before.credential().sameAs(after.credential())
          && before.trust().sameMaterialAs(after.trust())) {
        return;
      }
      loaded = after;
      reload = new Reload(true, "took up new key material: " + after.credential());
    } catch (KeyMaterialException e) {
      reload = new Reload(
          false, "kept the previous key material (" + before.credential() + "): " + e.getMessage());
    }
    for (Consumer<Reload> listener : listeners) {
      listener.accept(reload);
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
  public void onReload(Consumer<Reload> listener) {
    listeners.add(listener);
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
    watcher.shutdownNow();
  }
}
