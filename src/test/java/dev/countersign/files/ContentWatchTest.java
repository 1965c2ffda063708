package dev.countersign.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ContentWatchTest {
  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir
  private Path directory;

  private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
  private final AtomicInteger changes = new AtomicInteger();
  private Path file;

  @BeforeEach
  void makesFile() throws IOException {
    file = Files.writeString(directory.resolve("tls.crt"), "one");
  }

  @AfterEach
  void endsExecutor() {
    executor.shutdownNow();
  }

  @Test
  void seesOverwriteOfSameSizeAndTime() throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    try (ContentWatch watch = watch(file)) {
      assertThat(watch.look()).isFalse();

      Files.writeString(file, "two");
      Files.setLastModifiedTime(file, time);

      assertThat(watch.look()).isTrue();
      assertThat(watch.look()).isFalse();
      assertThat(changes).hasValue(1);
    }
  }

  @Test
  void ignoresTouchAndRenameToSameContent() throws IOException {
    try (ContentWatch watch = watch(file)) {
      Files.setLastModifiedTime(file, FileTime.fromMillis(0));
      assertThat(watch.look()).isFalse();

      Path same = Files.writeString(directory.resolve("same"), "one");
      Files.move(same, file, StandardCopyOption.REPLACE_EXISTING);
      assertThat(watch.look()).isFalse();
    }
  }

  @Test
  void seesFileThatVanishesAndComesBack() throws IOException {
    Path crl = directory.resolve("crl.pem");
    try (ContentWatch watch = watch(file, crl)) {
      Files.writeString(crl, "list");
      assertThat(watch.look()).isTrue();
      Files.delete(crl);
      assertThat(watch.look()).isTrue();
      Files.createDirectory(crl);
      assertThat(watch.look()).isTrue();
    }
  }

  @Test
  void seesDirectoryExchangedBehindLink() throws IOException {
    Path first = Files.createDirectory(directory.resolve("..1"));
    Path second = Files.createDirectory(directory.resolve("..2"));
    Files.writeString(first.resolve("tls.key"), "one");
    Files.writeString(second.resolve("tls.key"), "two");
    Path data = Files.createSymbolicLink(directory.resolve("..data"), first);
    Path key = Files.createSymbolicLink(directory.resolve("tls.key"), Path.of("..data/tls.key"));
    try (ContentWatch watch = watch(key)) {
      Path next = Files.createSymbolicLink(directory.resolve("..data_tmp"), second);
      Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

      assertThat(watch.look()).isTrue();
    }
  }

  @Test
  @Timeout(20)
  void keepsLookingAfterTheListenerFailed() throws Exception {
    CountDownLatch calls = new CountDownLatch(2);
    ScheduledExecutorService quiet = Executors.newSingleThreadScheduledExecutor(task -> {
      Thread thread = new Thread(task, "watch");
      thread.setUncaughtExceptionHandler(
          (where, failure) -> assertThat(failure).hasMessage("broken"));
      return thread;
    });
    try (ContentWatch watch = ContentWatch.of(List.of(file), Duration.ofMillis(5), quiet, () -> {
      calls.countDown();
      throw new IllegalStateException("broken");
    })) {
      Files.writeString(file, "two");
      while (calls.getCount() == 2) {
        Thread.onSpinWait();
      }
      Files.writeString(file, "three");
      assertThat(calls.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(watch).isNotNull();
    } finally {
      quiet.shutdownNow();
    }
  }

  private ContentWatch watch(Path... paths) {
    return ContentWatch.of(List.of(paths), NEVER, executor, changes::incrementAndGet);
  }
}
