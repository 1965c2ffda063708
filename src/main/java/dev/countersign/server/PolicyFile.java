package dev.countersign.server;

import dev.countersign.files.ContentWatch;
import dev.countersign.files.FileProblem;
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
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A policy in a file, looked at by content. A change that does not compile is told and the last good policy stays
 * until the content changes again. A file that may not be read or used is told once and tried again for as long as that
 * lasts: a file's rights are no part of its content.
 */
public final class PolicyFile implements PolicySource {
  private static final int MAX_BYTES = 64 << 20;
  private static final Duration DEFAULT_EVERY = Duration.ofSeconds(1);

  private final Path path;
  private final Duration every;
  private final ScheduledExecutorService watcher;
  private final List<Consumer<Policy>> takers = new CopyOnWriteArrayList<>();
  private final List<Consumer<Reload>> listeners = new CopyOnWriteArrayList<>();
  private volatile Policy policy;
  private final ContentWatch watch;

  // Used on the watching thread only. What every taker has; null if some may have something else.
  private byte @Nullable [] inForce;
  // Why the last change was refused, and whether that was for want of content.
  private @Nullable String refusal;
  private boolean unread;
  private boolean retrying;

  private PolicyFile(Path path, Duration every, ScheduledExecutorService watcher, byte[] content) {
    this.path = path;
    this.every = every;
    this.watch = ContentWatch.over(List.of(path), every, watcher, this::changed);
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

  private void changed() {
    look(true);
  }

  private void retry() {
    retrying = false;
    if (unread) {
      boolean looked = false;
      try {
        look(false);
        looked = true;
      } finally {
        if (!looked) {
          retryLater();
        }
      }
    }
  }

  /** Reads the file and takes it up. What a retry finds is told only if it is something else than before. */
  private void look(boolean tellAgain) {
    String why = null;
    try {
      byte[] content = PublicFile.read(path, MAX_BYTES);
      if (!watch.isSettled()) {
        return;
      }
      unread = false;
      if (!Arrays.equals(content, inForce)) {
        handOn(Policy.parse(path.toString(), content));
        inForce = content;
      } else if (refusal == null) {
        return;
      }
    } catch (PolicyException e) {
      why = e.problems().stream()
          .map(problem -> Quoted.file(e.source()) + ":" + problem.line() + ":" + problem.column()
              + ": " + problem.message())
          .collect(Collectors.joining("; "));
    } catch (FileProblem e) {
      unread = true;
      why = String.valueOf(e.getMessage());
    } catch (IOException e) {
      unread = true;
      why = "file " + quotedPath() + " cannot be read: " + Quoted.of(e.toString());
    } catch (RuntimeException e) {
      // Whoever takes policies may be code of others.
      why = (takers.size() == 1
              ? "the new one was refused: "
              : "one of several servers refused the new one, others may enforce it: ")
          + Quoted.of(String.valueOf(e.getMessage()));
    }
    if (why != null) {
      refuse(why, tellAgain);
      return;
    }
    refusal = null;
    tell(true, "took up policy \"" + policy.name() + "\" from " + quotedPath());
  }

  private synchronized void handOn(Policy changed) {
    // If one of several refuses it, others have it already; they must be given the previous one,
    // should it return.
    inForce = null;
    takers.forEach(taker -> taker.accept(changed));
    policy = changed;
  }

  private void refuse(String why, boolean tellAgain) {
    if (unread) {
      retryLater();
    }
    boolean isNew = !why.equals(refusal);
    refusal = why;
    if (isNew || tellAgain) {
      tell(false, "kept the previous policy \"" + policy.name() + "\": " + why);
    }
  }

  private void retryLater() {
    if (!retrying) {
      retrying = true;
      watcher.schedule(this::retry, every.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private String quotedPath() {
    return "\"" + Quoted.file(path.toString()) + "\"";
  }

  private void tell(boolean accepted, String message) {
    listeners.forEach(listener -> listener.accept(new Reload(Reload.POLICY, accepted, message)));
  }

  @Override
  public Policy policy() {
    return policy;
  }

  @Override
  public synchronized void onChange(Consumer<Policy> taker) {
    taker.accept(policy);
    takers.add(taker);
  }

  @Override
  public void onReload(Consumer<Reload> listener) {
    listeners.add(listener);
  }

  @Override
  public void forget(Consumer<?> listener) {
    takers.removeIf(each -> each == listener);
    listeners.removeIf(each -> each == listener);
  }

  @Override
  public void close() {
    watch.close();
    watcher.shutdownNow();
  }
}
