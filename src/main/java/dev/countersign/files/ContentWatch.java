package dev.countersign.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that one of several files, or of the files in a directory, has other content than before. The content itself is
 * compared, never a time stamp or an inode: a file that is renamed, exchanged behind a link, overwritten within one tick
 * of the clock, that appears or vanishes is noticed; one that is only touched is not. Of a file above 64 MiB nothing is
 * read: it is told once, as one that is too large.
 *
 * <p>A file that is overwritten in place may look whole when it is caught between two of its parts. Content is therefore
 * told when a second look, a quarter of the time after the first, finds the same. Only what was exchanged behind a link is
 * told at once, because it was written before it was linked. A writer that rests longer than that between two parts
 * cannot be told from one that is done; one that never rests is not told.
 *
 * <p>Whoever is told reads the files and then asks {@link #isSettled}. What is there at the beginning is told as well, so
 * that it does not matter what was read before.
 */
public final class ContentWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ContentWatch.class);
  private static final String MISSING = "missing";
  private static final String UNREADABLE = "unreadable";
  private static final String TOO_LARGE = "too large";
  // Made with this class: when a watch first looks, file descriptors may have run out, and with
  // them the way to its code.
  private static final Content NOTHING = new Content(MISSING, null);
  // Nobody who is told takes a larger file, so it makes no difference what is in it.
  static final long LARGEST = 64 << 20;
  private static final int LOOKS_EACH_TIME = 2;
  private static final int SECOND_LOOK_AFTER = 4;
  private static final int RESTLESS = 40;

  private final List<Path> paths;
  private final Duration every;
  private final ScheduledExecutorService executor;
  private final Runnable onChange;
  private @Nullable ScheduledFuture<?> task;
  private boolean closed;
  private int restless;

  // What was told last, and what was seen and not told yet; by file.
  private @Nullable Map<Path, Content> told;
  private @Nullable Map<Path, Content> seen;

  /** The content of a file, and where it lay when all links were followed. */
  private record Content(String fingerprint, @Nullable Path real) {
    static boolean same(@Nullable Map<Path, Content> one, Map<Path, Content> other) {
      return one != null
          && one.keySet().equals(other.keySet())
          && one.entrySet().stream()
              .allMatch(entry -> entry.getValue().isSame(other.get(entry.getKey())));
    }

    private boolean isSame(@Nullable Content other) {
      return other != null && fingerprint.equals(other.fingerprint);
    }

    private boolean isElsewhere(Content other) {
      return real != null && other.real != null && !real.equals(other.real);
    }
  }

  private ContentWatch(
      List<Path> paths, Duration every, ScheduledExecutorService executor, Runnable onChange) {
    this.paths = List.copyOf(paths);
    this.every = every;
    this.executor = executor;
    this.onChange = onChange;
  }

  /**
   * Prepares a watch that does not look yet. A path may be missing.
   *
   * @param every the time within which a change is told
   * @param executor what looks and calls, one task at a time; it stays open when the watch closes
   * @param onChange called after a look that found a change; what it throws goes to the thread's handler of uncaught
   *     exceptions and does not end the watch. After an error, such as that of a heap that was full, it is called again
   */
  public static ContentWatch over(
      List<Path> paths, Duration every, ScheduledExecutorService executor, Runnable onChange) {
    return new ContentWatch(paths, every, executor, onChange);
  }

  /** Begins to look: half of the time for the first look at a change, a quarter for the second, the rest for reading. */
  public synchronized void start() {
    long between = every.toNanos() / LOOKS_EACH_TIME;
    task = executor.scheduleWithFixedDelay(
        () -> kept(this::look), between, between, TimeUnit.NANOSECONDS);
  }

  /** An executor would forget a task that throws, and say nothing. */
  private static void kept(Runnable look) {
    try {
      look.run();
    } catch (Throwable e) {
      report(e);
    }
  }

  private static void report(Throwable failure) {
    Thread thread = Thread.currentThread();
    thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
  }

  /** The first look at a change; true if it was told at once. */
  synchronized boolean look() {
    if (closed || seen != null) {
      // It is over, or the second look is on its way.
      return false;
    }
    return judge(contents());
  }

  /** The second look at a change, as often as it takes; true if it was told. */
  synchronized boolean lookAgain() {
    Map<Path, Content> before = seen;
    seen = null;
    if (closed || before == null) {
      return false;
    }
    Map<Path, Content> now = contents();
    if (Content.same(before, now) && !Content.same(told, now)) {
      return tell(now);
    }
    return judge(now);
  }

  private boolean judge(Map<Path, Content> now) {
    if (Content.same(told, now)) {
      restless = 0;
      return false;
    }
    if (isExchanged(told, now)) {
      return tell(now);
    }
    if (++restless == RESTLESS) {
      LOG.warn(
          "files {} change all the time and are not read: they have to stay the same for {}",
          paths,
          every.dividedBy(SECOND_LOOK_AFTER));
    }
    executor.schedule(
        () -> kept(this::lookAgain), every.toNanos() / SECOND_LOOK_AFTER, TimeUnit.NANOSECONDS);
    seen = now;
    return false;
  }

  /** Whether all that is different lies elsewhere than before: a link leads to another place. */
  private static boolean isExchanged(@Nullable Map<Path, Content> before, Map<Path, Content> now) {
    return before != null
        && before.keySet().equals(now.keySet())
        && before.entrySet().stream().allMatch(entry -> {
          Content content = now.get(entry.getKey());
          return content != null
              && (entry.getValue().isSame(content) || entry.getValue().isElsewhere(content));
        });
  }

  private boolean tell(Map<Path, Content> now) {
    restless = 0;
    told = now;
    try {
      onChange.run();
    } catch (RuntimeException e) {
      report(e);
    } catch (Error e) {
      // It may pass.
      told = null;
      report(e);
    }
    return true;
  }

  /**
   * Whether the content is still what was told; to be asked after the files were read. If not, what was read may be half
   * of something and must not be used; what is there is told when it has settled.
   */
  public synchronized boolean isSettled() {
    if (Content.same(told, contents())) {
      return true;
    }
    told = null;
    return false;
  }

  /** Ends the watch; a look that is under way ends first. */
  @Override
  public synchronized void close() {
    closed = true;
    if (task != null) {
      task.cancel(false);
    }
  }

  private Map<Path, Content> contents() {
    Map<Path, Content> contents = new HashMap<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        addFiles(path, contents);
      } else {
        contents.put(path, content(path));
      }
    }
    return contents;
  }

  private static void addFiles(Path directory, Map<Path, Content> contents) {
    try {
      for (Path file : FlatDirectory.files(directory)) {
        contents.put(file, content(file));
      }
      contents.put(directory, new Content("directory", null));
    } catch (IOException e) {
      contents.put(directory, new Content(UNREADABLE, null));
    }
  }

  private static Content content(Path path) {
    try {
      // Where it lies first: if it is exchanged in between, it looks like a change in place.
      Path real = path.toRealPath();
      return new Content(fingerprint(real), real);
    } catch (IOException e) {
      return Files.exists(path) ? new Content(UNREADABLE, null) : NOTHING;
    }
  }

  private static String fingerprint(Path path) throws IOException {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if (!Files.isRegularFile(path)) {
      return UNREADABLE;
    }
    if (Files.size(path) > LARGEST) {
      return TOO_LARGE;
    }
    MessageDigest digest = sha256();
    byte[] buffer = new byte[1 << 16];
    long rest = LARGEST;
    try (InputStream in = Files.newInputStream(path)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        rest -= read;
        if (rest < 0) {
          // It grows as it is read.
          return TOO_LARGE;
        }
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
