package dev.countersign.files;

import dev.countersign.files.FileProblem.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One holder at a time of a directory, over all threads and processes of this machine that ask. Not reentrant. It ends
 * with {@link #close()} or with the process; the file {@code .lock} stays.
 */
public final class DirectoryLock implements AutoCloseable {
  private static final String FILE = ".lock";
  private static final Set<PosixFilePermission> RIGHTS =
      PosixFilePermissions.fromString("rw-------");
  private static final Duration PAUSE = Duration.ofMillis(20);

  // A file lock belongs to the whole process: threads of it need one of their own.
  private static final Map<Path, Semaphore> HERE = new ConcurrentHashMap<>();

  private final Semaphore here;
  private final FileChannel channel;
  private final AtomicBoolean closed = new AtomicBoolean();

  private DirectoryLock(Semaphore here, FileChannel channel) {
    this.here = here;
    this.channel = channel;
  }

  /**
   * Waits for the lock of an existing directory.
   *
   * @param patience how long to wait for another holder
   * @throws FileProblem {@link Reason#LOCKED} if the other holder is still there after that
   * @throws IOException if the lock file cannot be made
   */
  public static DirectoryLock acquire(Path directory, Duration patience) throws IOException {
    Path real = directory.toRealPath();
    long start = System.nanoTime();
    Semaphore here = HERE.computeIfAbsent(real, key -> new Semaphore(1));
    boolean held = false;
    try {
      if (!here.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw locked(directory, patience);
      }
      try {
        DirectoryLock lock = lockFile(real, here, start, patience);
        if (lock == null) {
          throw locked(directory, patience);
        }
        held = true;
        return lock;
      } finally {
        if (!held) {
          here.release();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw locked(directory, patience);
    }
  }

  private static @Nullable DirectoryLock lockFile(
      Path real, Semaphore here, long start, Duration patience)
      throws IOException, InterruptedException {
    Path file = real.resolve(FILE);
    boolean posix = Files.getFileAttributeView(real, PosixFileAttributeView.class) != null;
    // Opened or made in one step: a file that replaced another would be a second lock.
    FileChannel channel = FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
        posix
            ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(RIGHTS)}
            : new FileAttribute<?>[0]);
    boolean held = false;
    try {
      while (true) {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          held = true;
          return new DirectoryLock(here, channel);
        }
        if (System.nanoTime() - start >= patience.toNanos()) {
          return null;
        }
        Thread.sleep(PAUSE.toMillis());
      }
    } finally {
      if (!held) {
        channel.close();
      }
    }
  }

  /** Gives the lock back. */
  @Override
  public void close() throws IOException {
    if (closed.getAndSet(true)) {
      return;
    }
    try {
      channel.close();
    } finally {
      here.release();
    }
  }

  private static FileProblem locked(Path directory, Duration patience) {
    return new FileProblem(
        Reason.LOCKED,
        "directory " + FileProblem.quoted(directory) + " is in use by another process (waited "
            + patience.toMillis() + " ms); try again when it is done");
  }
}
