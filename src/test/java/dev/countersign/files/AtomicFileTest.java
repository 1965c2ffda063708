package dev.countersign.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.files.AtomicFile.Rights;
import dev.countersign.files.FileProblem.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  private static final byte[] OLD = "old".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NEW = "new".getBytes(StandardCharsets.US_ASCII);

  @TempDir
  private Path directory;

  @Test
  void secretHasItsRightsBeforeItsFirstByte() throws IOException {
    Path file = directory.resolve("tls.key");

    AtomicFile.write(
        file,
        channel -> {
          assertThat(rights(onlyFileIn(directory))).isEqualTo("rw-------");
          channel.write(ByteBuffer.wrap(NEW));
        },
        Rights.SECRET);

    assertThat(file).hasBinaryContent(NEW);
    assertThat(rights(file)).isEqualTo("rw-------");
  }

  @Test
  void narrowsFileThatHadWiderRights() throws IOException {
    Path file = Files.write(directory.resolve("tls.key"), OLD);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));

    AtomicFile.write(file, NEW, Rights.SECRET);

    assertThat(file).hasBinaryContent(NEW);
    assertThat(rights(file)).isEqualTo("rw-------");
  }

  @Test
  void everyoneReadsPublicFile() throws IOException {
    Path file = directory.resolve("tls.crt");

    AtomicFile.write(file, NEW, Rights.PUBLIC);

    assertThat(rights(file)).isEqualTo("rw-r--r--");
  }

  @Test
  void fullDiskLeavesOldFileAndNothingElse() throws IOException {
    Path file = directory.resolve("tls.key");
    AtomicFile.write(file, OLD, Rights.SECRET);

    assertThatThrownBy(() -> AtomicFile.write(
            file,
            channel -> {
              channel.write(ByteBuffer.wrap(NEW));
              throw new IOException("No space left on device");
            },
            Rights.SECRET))
        .hasMessage(file + ": No space left on device");

    assertThat(file).hasBinaryContent(OLD);
    assertThat(onlyFileIn(directory)).isEqualTo(file);
  }

  @Test
  void readerThatHoldsOldFileKeepsReadingIt() throws IOException {
    Path file = Files.write(directory.resolve("tls.key"), OLD);
    try (var reader = Files.newInputStream(file)) {
      AtomicFile.write(file, NEW, Rights.SECRET);

      assertThat(reader.readAllBytes()).isEqualTo(OLD);
    }
    assertThat(file).hasBinaryContent(NEW);
  }

  @Test
  void refusesToWriteThroughLink() throws IOException {
    Path elsewhere = Files.write(directory.resolve("elsewhere"), OLD);
    Path link = Files.createSymbolicLink(directory.resolve("tls.key"), elsewhere);

    FileProblem problem =
        catchThrowableOfType(FileProblem.class, () -> AtomicFile.write(link, NEW, Rights.SECRET));

    assertThat(problem.reason()).isEqualTo(Reason.LINK_LEADS_ELSEWHERE);
    assertThat(elsewhere).hasBinaryContent(OLD);
    assertThat(link).isSymbolicLink();
  }

  @Test
  void refusesToReplaceDirectory() throws IOException {
    Path taken = Files.createDirectory(directory.resolve("tls.key"));

    FileProblem problem =
        catchThrowableOfType(FileProblem.class, () -> AtomicFile.write(taken, NEW, Rights.SECRET));

    assertThat(problem.reason()).isEqualTo(Reason.WRONG_KIND);
  }

  @Test
  void deletesOnlyItsOwnLeftovers() throws IOException {
    Path other = Files.write(directory.resolve(".mine.tmp"), OLD);
    Files.write(directory.resolve(".tls.key.1234.countersign-tmp"), OLD);

    AtomicFile.deleteLeftovers(directory);

    assertThat(onlyFileIn(directory)).isEqualTo(other);
  }

  @Test
  void privateDirectoryIsForItsOwnerAlone() throws IOException {
    Path made = directory.resolve("a/b");
    PrivateDirectory.create(made);
    assertThat(rights(made)).isEqualTo("rwx------");
    assertThat(rights(directory.resolve("a"))).isEqualTo("rwx------");

    Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxrwxrwx"));
    PrivateDirectory.create(made);
    assertThat(rights(made)).isEqualTo("rwx------");
  }

  @Test
  void privateDirectoryIsNeitherLinkNorFile() throws IOException {
    Path target = Files.createDirectory(directory.resolve("target"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), target);
    Path file = Files.write(directory.resolve("file"), OLD);

    assertThat(catchThrowableOfType(FileProblem.class, () -> PrivateDirectory.create(link))
            .reason())
        .isEqualTo(Reason.LINK_LEADS_ELSEWHERE);
    assertThat(catchThrowableOfType(FileProblem.class, () -> PrivateDirectory.create(file))
            .reason())
        .isEqualTo(Reason.WRONG_KIND);
  }

  private static Path onlyFileIn(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }

  private static String rights(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
