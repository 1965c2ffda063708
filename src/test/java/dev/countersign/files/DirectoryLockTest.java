package dev.countersign.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.files.FileProblem.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
  @TempDir
  private Path directory;

  @Test
  void secondHolderWaitsInVainWhileTheFirstHolds() throws IOException {
    DirectoryLock first = DirectoryLock.acquire(directory, Duration.ZERO);

    FileProblem problem = catchThrowableOfType(
        FileProblem.class, () -> DirectoryLock.acquire(directory, Duration.ofMillis(30)));

    assertThat(problem.reason()).isEqualTo(Reason.LOCKED);
    first.close();
    DirectoryLock.acquire(directory, Duration.ZERO).close();
  }

  @Test
  void closingTwiceGivesItBackOnce() throws IOException {
    DirectoryLock first = DirectoryLock.acquire(directory, Duration.ZERO);
    first.close();
    first.close();

    try (DirectoryLock second = DirectoryLock.acquire(directory, Duration.ZERO)) {
      assertThat(second).isNotNull();
      assertThat(catchThrowableOfType(
              FileProblem.class, () -> DirectoryLock.acquire(directory, Duration.ZERO)))
          .isNotNull();
    }
  }

  @Test
  void lockFileIsForItsOwnerAlone() throws IOException {
    DirectoryLock.acquire(directory, Duration.ZERO).close();

    assertThat(Files.getPosixFilePermissions(directory.resolve(".lock")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }
}
