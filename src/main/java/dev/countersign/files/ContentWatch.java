package dev.countersign.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Notices that one of several files, or of the files in a directory, has other content than before. The content itself is compared, never a time stamp
 * or an inode: a file that is renamed, exchanged behind a link, overwritten within one tick of the clock, that appears
 * or vanishes is noticed; one that is only touched is not.
 *
 * <p>Make the watch first and read the files afterwards; the other way round loses a change in between. A writer of
 * several files may be seen half-way: the change is told once more when it is done.
 */
public final class ContentWatch implements AutoCloseable {
  private static final String MISSING = "missing";
  private static final String UNREADABLE = "unreadable";

  private final List<Path> paths;
  private final Runnable onChange;
  private List<String> seen;
  private @Nullable ScheduledFuture<?> task;

  private ContentWatch(List<Path> paths, Runnable onChange) {
    this.paths = List.copyOf(paths);
    this.onChange = onChange;
    this.seen = fingerprints();
  }

  /**
   * Watches from now on. A path may be missing.
   *
   * @param every the time between two looks
   * @param executor what looks and calls; it stays open when the watch closes
   * @param onChange called after a look that found a change; what it throws goes to the thread's handler of uncaught
   *     exceptions and does not end the watch
   */
  public static ContentWatch of(
      List<Path> paths, Duration every, ScheduledExecutorService executor, Runnable onChange) {
    ContentWatch watch = new ContentWatch(paths, onChange);
    watch.start(every, executor);
    return watch;
  }

  private synchronized void start(Duration every, ScheduledExecutorService executor) {
    task = executor.scheduleWithFixedDelay(
        this::look, every.toNanos(), every.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Looks now; true if there was a change and it was told. */
  public synchronized boolean look() {
    List<String> now = fingerprints();
    if (now.equals(seen)) {
      return false;
    }
    seen = now;
    try {
      onChange.run();
    } catch (RuntimeException e) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
    return true;
  }

  /** Ends the watch; a look that is under way ends first. */
  @Override
  public synchronized void close() {
    if (task != null) {
      task.cancel(false);
    }
  }

  private List<String> fingerprints() {
    return paths.stream().map(ContentWatch::fingerprint).toList();
  }

  private static String fingerprint(Path path) {
    if (Files.isDirectory(path)) {
      return fingerprintOfDirectory(path);
    }
    if (!Files.isRegularFile(path)) {
      return Files.exists(path) ? UNREADABLE : MISSING;
    }
    MessageDigest digest = sha256();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(path)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    } catch (IOException e) {
      return Files.exists(path) ? UNREADABLE : MISSING;
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String fingerprintOfDirectory(Path directory) {
    try {
      return FlatDirectory.files(directory).stream()
          .map(file -> file.getFileName() + "=" + fingerprint(file))
          .collect(Collectors.joining("\n", "directory\n", ""));
    } catch (IOException e) {
      return UNREADABLE;
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
