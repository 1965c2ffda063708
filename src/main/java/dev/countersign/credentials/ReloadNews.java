package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterial.Reload;
import dev.countersign.credentials.KeyMaterialException.Problem;
import dev.countersign.credentials.KeyMaterialLoader.Loaded;
import dev.countersign.credentials.KeyMaterialLoader.Reloaded;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Who hears what came of each change, and in which words. */
final class ReloadNews {
  private final List<Consumer<Reload>> listeners = new CopyOnWriteArrayList<>();
  private final List<Runnable> trustListeners = new CopyOnWriteArrayList<>();

  void to(Consumer<Reload> listener) {
    listeners.add(listener);
  }

  void ofTrustTo(Runnable listener) {
    trustListeners.add(listener);
  }

  /** Tells a listener of either kind no more. */
  void forget(Object listener) {
    listeners.removeIf(each -> each == listener);
    trustListeners.removeIf(each -> each == listener);
  }

  void tell(Reload reload) {
    listeners.forEach(listener -> call(() -> listener.accept(reload)));
  }

  /** Tells that there is new trust, before anybody writes a log: calls may have to end. */
  void tellNewTrust() {
    trustListeners.forEach(ReloadNews::call);
  }

  /** Calls a listener; one that fails must not keep the news from the others. */
  private static void call(Runnable listener) {
    try {
      listener.run();
    } catch (RuntimeException | Error e) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
  }

  /**
   * What came of a look.
   *
   * @param before what was in use
   * @param source what is as before again if nothing changed, with its verb, such as {@code files are}
   */
  static Reload of(Loaded before, Reloaded result, String source) {
    Credential credential = result.loaded().credential();
    if (result.problems().isEmpty()) {
      String what = result.changed() ? "took up new key material: " : source + " as before again: ";
      return new Reload(true, what + credential);
    }
    String kept = "kept the previous key material (" + before.credential() + ")";
    if (result.changed()) {
      kept = credential == before.credential()
          ? "took up new trust and kept the previous certificate (" + credential + ")"
          : "took up a new certificate (" + credential + ") and kept the previous trust";
    }
    String why = result.problems().stream().map(Problem::message).collect(Collectors.joining("; "));
    return new Reload(false, kept + ": " + why);
  }
}
