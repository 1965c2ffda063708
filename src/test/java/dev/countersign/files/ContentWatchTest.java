package dev.countersign.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
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

      assertThat(seesWithTwoLooks(watch)).isTrue();
      assertThat(seesWithTwoLooks(watch)).isFalse();
      assertThat(changes).hasValue(1);
    }
  }

  @Test
  void tellsWhatIsThereAtTheBeginning() throws IOException {
    try (ContentWatch watch =
        ContentWatch.over(List.of(file), NEVER, executor, changes::incrementAndGet)) {
      assertThat(watch.isSettled()).isFalse();
      assertThat(seesWithTwoLooks(watch)).isTrue();
      assertThat(watch.isSettled()).isTrue();
    }
  }

  @Test
  void readsNothingOfAFileThatNobodyWouldTake() throws IOException {
    try (ContentWatch watch = watch(file);
        RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(ContentWatch.LARGEST);
      assertThat(seesWithTwoLooks(watch)).isTrue();
      large.write('x');
      assertThat(seesWithTwoLooks(watch)).isTrue();

      large.setLength(ContentWatch.LARGEST + 1);
      assertThat(seesWithTwoLooks(watch)).isTrue();
      large.write('y');
      assertThat(seesWithTwoLooks(watch)).isFalse();

      large.setLength(ContentWatch.LARGEST);
      assertThat(seesWithTwoLooks(watch)).isTrue();
    }
  }

  @Test
  void tellsNothingWhileAWriterIsAtWork() throws IOException {
    try (ContentWatch watch = watch(file)) {
      Files.writeString(file, "first part");
      assertThat(watch.look()).isFalse();
      assertThat(watch.look()).as("the first look does not count twice").isFalse();
      Files.writeString(file, "first part, second part");
      assertThat(watch.lookAgain()).isFalse();
      Files.writeString(file, "first part, second part, end");
      assertThat(watch.lookAgain()).isFalse();

      assertThat(watch.lookAgain()).isTrue();
      assertThat(changes).hasValue(1);
    }
  }

  @Test
  void forgetsAWriterThatTookEverythingBack() throws IOException {
    try (ContentWatch watch = watch(file)) {
      Files.writeString(file, "two");
      assertThat(watch.look()).isFalse();
      Files.writeString(file, "one");
      assertThat(watch.lookAgain()).isFalse();
      assertThat(seesWithTwoLooks(watch)).isFalse();
    }
  }

  @Test
  void tellsOnceMoreWhatWasReadWhileItChanged() throws IOException {
    try (ContentWatch watch = watch(file)) {
      Files.writeString(file, "two");
      assertThat(seesWithTwoLooks(watch)).isTrue();
      assertThat(watch.isSettled()).isTrue();

      Files.writeString(file, "between");
      assertThat(watch.isSettled()).isFalse();
      Files.writeString(file, "two");

      assertThat(seesWithTwoLooks(watch)).isTrue();
      assertThat(watch.isSettled()).isTrue();
    }
  }

  @Test
  void seesDirectoryAndPipeInPlaceOfAFile() throws Exception {
    try (ContentWatch watch = watch(file)) {
      Files.delete(file);
      Files.createDirectory(file);
      assertThat(seesWithTwoLooks(watch)).isTrue();

      Files.delete(file);
      assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor())
          .isZero();
      assertThat(seesWithTwoLooks(watch)).isTrue();
    }
  }

  @Test
  void ignoresTouchAndRenameToSameContent() throws IOException {
    try (ContentWatch watch = watch(file)) {
      Files.setLastModifiedTime(file, FileTime.fromMillis(0));
      assertThat(seesWithTwoLooks(watch)).isFalse();

      Path same = Files.writeString(directory.resolve("same"), "one");
      Files.move(same, file, StandardCopyOption.REPLACE_EXISTING);
      assertThat(seesWithTwoLooks(watch)).isFalse();
    }
  }

  @Test
  void seesFileThatVanishesAndComesBack() throws IOException {
    Path crl = directory.resolve("crl.pem");
    try (ContentWatch watch = watch(file, crl)) {
      Files.writeString(crl, "list");
      assertThat(seesWithTwoLooks(watch)).isTrue();
      Files.delete(crl);
      assertThat(seesWithTwoLooks(watch)).isTrue();
      Files.createDirectory(crl);
      assertThat(seesWithTwoLooks(watch)).isTrue();
    }
  }

  @Test
  void seesDirectoryExchangedBehindLinkAtOnce() throws IOException {
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
  void waitsWhenAFileBesideTheLinkIsOverwritten() throws IOException {
    Path one = Files.writeString(directory.resolve("..one"), "one");
    Path two = Files.writeString(directory.resolve("..two"), "two");
    Path link = Files.createSymbolicLink(directory.resolve("link"), one);
    try (ContentWatch watch = watch(link, file)) {
      Files.delete(link);
      Files.createSymbolicLink(link, two);
      Files.writeString(file, "overwritten");

      assertThat(watch.look()).isFalse();
      assertThat(watch.lookAgain()).isTrue();
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
    try (ContentWatch watch = ContentWatch.over(List.of(file), Duration.ofMillis(5), quiet, () -> {
      calls.countDown();
      throw new IllegalStateException("broken");
    })) {
      watch.start();
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

  @Test
  void looksOnAfterAnErrorAndTellsTheSameAgain() throws Exception {
    Path one = Files.writeString(directory.resolve("..one"), "one");
    Path two = Files.writeString(directory.resolve("..two"), "two");
    Path link = Files.createSymbolicLink(directory.resolve("link"), one);
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch failed = new CountDownLatch(1);
    CountDownLatch again = new CountDownLatch(1);
    ScheduledExecutorService quiet = Executors.newSingleThreadScheduledExecutor(task -> {
      Thread thread = new Thread(task, "watch");
      thread.setUncaughtExceptionHandler(
          (where, failure) -> assertThat(failure).hasMessage("heap is full"));
      return thread;
    });
    Runnable listener = () -> {
      if (first.getCount() > 0) {
        first.countDown();
      } else if (failed.getCount() > 0) {
        failed.countDown();
        throw new OutOfMemoryError("heap is full");
      } else {
        again.countDown();
      }
    };
    try (ContentWatch watch =
        ContentWatch.over(List.of(link), Duration.ofMillis(20), quiet, listener)) {
      watch.start();
      assertThat(first.await(10, TimeUnit.SECONDS)).isTrue();

      // Told at the first look, which comes back by itself, and not at the second.
      Path next = Files.createSymbolicLink(directory.resolve("next"), two);
      Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

      assertThat(failed.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(again.await(10, TimeUnit.SECONDS)).isTrue();
    } finally {
      quiet.shutdownNow();
    }
  }

  /** A watch that has told what is there. */
  private ContentWatch watch(Path... paths) {
    ContentWatch watch =
        ContentWatch.over(List.of(paths), NEVER, executor, changes::incrementAndGet);
    seesWithTwoLooks(watch);
    changes.set(0);
    return watch;
  }

  private static boolean seesWithTwoLooks(ContentWatch watch) {
    return watch.look() || watch.lookAgain();
  }
}
