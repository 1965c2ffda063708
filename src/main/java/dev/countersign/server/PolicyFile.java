package dev.countersign.server;

import dev.countersign.files.ContentWatch;
import dev.countersign.files.PublicFile;
import dev.countersign.policy.Policy;
import dev.countersign.policy.PolicyException;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A policy in a file, looked at by content. A change that does not compile is told and the last good policy stays
 * until the content changes again.
 */
public final class PolicyFile implements PolicySource {
  private static final int MAX_BYTES = 64 << 20;
  private static final Duration DEFAULT_EVERY = Duration.ofSeconds(1);

  private final Path path;
  private final ScheduledExecutorService watcher;
  private final List<Consumer<Policy>> takers = new CopyOnWriteArrayList<>();
  private final List<Consumer<Reload>> listeners = new CopyOnWriteArrayList<>();
  private volatile Policy policy;
  private byte[] inForce;
  private final ContentWatch watch;

  // Used on the watching thread only.
  private boolean refused;

  private PolicyFile(Path path, Duration every, ScheduledExecutorService watcher, byte[] content) {
    this.path = path;
    this.watch = ContentWatch.over(List.of(path), every, watcher, this::reload);
    this.watcher = watcher;
    this.policy = Policy.parse(path.toString(), content);
    this.inForce = content;
  }

  /**
   * Reads a policy and looks at it once a second from then on.
   *
   * @param path the file, in JSON (gRFC A43)
   * @throws IOException if it cannot be read
   * @throws PolicyException if anything is wrong with it
   */
  public static PolicyFile watching(Path path) throws IOException {
    return watching(path, DEFAULT_EVERY);
  }

  /**
   * Reads a policy and watches it from then on.
   *
   * @param path the file, in JSON (gRFC A43)
   * @param every the time between two looks
   * @throws IOException if it cannot be read
   * @throws PolicyException if anything is wrong with it
   */
  public static PolicyFile watching(Path path, Duration every) throws IOException {
    byte[] content = PublicFile.read(path, MAX_BYTES);
    ScheduledExecutorService watcher = Executors.newSingleThreadScheduledExecutor(task -> {
      Thread thread = new Thread(task, "countersign-policy");
      thread.setDaemon(true);
      return thread;
    });
    PolicyFile file = new PolicyFile(path, every, watcher, content);
    file.watch.start();
    return file;
  }

  private void reload() {
    try {
      byte[] content = PublicFile.read(path, MAX_BYTES);
      if (!watch.isSettled()) {
        return;
      }
      if (!Arrays.equals(content, inForce)) {
        Policy changed = Policy.parse(path.toString(), content);
        takers.forEach(taker -> taker.accept(changed));
        policy = changed;
        inForce = content;
      } else if (!refused) {
        return;
      }
      refused = false;
      tell(true, "took up policy \"" + policy.name() + "\" from " + path);
    } catch (PolicyException e) {
      refuse(e.problems().stream()
          .map(problem ->
              e.source() + ":" + problem.line() + ":" + problem.column() + ": " + problem.message())
          .collect(Collectors.joining("; ")));
    } catch (IOException e) {
      refuse("file " + path + " cannot be read: " + Quoted.of(e.toString()));
    } catch (RuntimeException e) {
      // Whoever takes policies may be code of others.
      refuse("the new one was refused: " + Quoted.of(String.valueOf(e.getMessage())));
    }
  }

  private void refuse(String why) {
    refused = true;
    tell(false, "kept the previous policy \"" + policy.name() + "\": " + why);
  }

  private void tell(boolean accepted, String message) {
    listeners.forEach(listener -> listener.accept(new Reload(Reload.POLICY, accepted, message)));
  }

  @Override
  public Policy policy() {
    return policy;
  }

  @Override
  public void onChange(Consumer<Policy> taker) {
    takers.add(taker);
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
