package dev.countersign.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.files.FileProblem.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckedReadTest {
  private static final byte[] CONTENT = "canary-secret".getBytes(StandardCharsets.US_ASCII);

  @TempDir
  private Path temp;

  private Path directory;
  private Path file;

  @BeforeEach
  void makesFileThatIsFine() throws IOException {
    directory = Files.createDirectory(temp.resolve("identity"));
    file = directory.resolve("tls.key");
    AtomicFile.write(file, CONTENT, AtomicFile.Rights.SECRET);
    assertThat(SecretFile.read(file)).isEqualTo(CONTENT);
    assertThat(PublicFile.read(file, 100)).isEqualTo(CONTENT);
  }

  @Test
  void readsWhatRootOwnsAndTheGroupReads() throws IOException {
    rights(file, "r--r-----");

    assertThat(SecretFile.read(file)).isEqualTo(CONTENT);
  }

  @Test
  void refusesSecretThatEveryoneReadsButReadsItAsPublic() throws IOException {
    rights(file, "rw-r--r--");

    FileProblem problem = refusal(file);
    assertThat(problem.reason()).isEqualTo(Reason.READABLE_BY_EVERYONE);
    assertThat(problem).hasMessageContaining("rw-r--r--").hasMessageContaining("tls.key");
    assertThat(PublicFile.read(file, 100)).isEqualTo(CONTENT);
  }

  @Test
  void refusesFileThatEveryoneWrites() throws IOException {
    rights(file, "rw-----w-");

    assertThat(refusal(file).reason()).isEqualTo(Reason.WRITABLE_BY_EVERYONE);
    assertThat(publicRefusal(file, 100).reason()).isEqualTo(Reason.WRITABLE_BY_EVERYONE);
  }

  @Test
  void refusesFileInDirectoryThatEveryoneWritesUnlessItIsSticky() throws IOException {
    rights(directory, "rwxrwxrwx");
    assertThat(refusal(file).reason()).isEqualTo(Reason.DIRECTORY_WRITABLE_BY_EVERYONE);

    Files.setAttribute(directory, "unix:mode", 01777);
    assertThat(SecretFile.read(file)).isEqualTo(CONTENT);
  }

  @Test
  void refusesFileBelowDirectoryThatEveryoneWritesUnlessItIsSticky() throws IOException {
    Path below = Files.createDirectories(directory.resolve("countersign/identity"));
    Files.move(file, below.resolve("tls.key"));
    Path key = below.resolve("tls.key");
    assertThat(SecretFile.read(key)).isEqualTo(CONTENT);

    rights(directory, "rwxrwxrwx");
    for (FileProblem problem : List.of(refusal(key), publicRefusal(key, 100))) {
      assertThat(problem.reason()).isEqualTo(Reason.DIRECTORY_WRITABLE_BY_EVERYONE);
      assertThat(problem)
          .hasMessageContaining(
              "directory \"" + directory.toRealPath() + "\" is writable by everyone");
    }

    rights(directory, "rwxrwxr-x");
    assertThat(SecretFile.read(key)).isEqualTo(CONTENT);
    Files.setAttribute(directory, "unix:mode", 01777);
    assertThat(SecretFile.read(key)).isEqualTo(CONTENT);
  }

  @Test
  void refusesLinkToADirectoryWhereEveryoneCanExchangeTheLink() throws IOException {
    Path links = Files.createDirectory(temp.resolve("links"));
    Path key = Files.createSymbolicLink(links.resolve("current"), directory).resolve("tls.key");
    assertThat(SecretFile.read(key)).isEqualTo(CONTENT);

    rights(links, "rwxrwxrwx");
    assertThat(refusal(key).reason()).isEqualTo(Reason.DIRECTORY_WRITABLE_BY_EVERYONE);
  }

  @Test
  void followsLinksAsKubernetesMakesThem() throws IOException {
    Path version = Files.createDirectory(directory.resolve("..2026_11_22"));
    Files.move(file, version.resolve("tls.key"));
    Files.createSymbolicLink(directory.resolve("..data"), Path.of("..2026_11_22"));
    Files.createSymbolicLink(file, Path.of("..data/tls.key"));
    Files.setAttribute(directory, "unix:mode", 03777);

    assertThat(SecretFile.read(file)).isEqualTo(CONTENT);
  }

  @Test
  void followsLinkToTheWholeDirectory() throws IOException {
    Path current = Files.createSymbolicLink(temp.resolve("current"), directory);

    assertThat(SecretFile.read(current.resolve("tls.key"))).isEqualTo(CONTENT);
  }

  @Test
  void refusesLinkThatLeadsOutOfItsDirectory() throws IOException {
    Path other = Files.createDirectory(temp.resolve("other"));
    Path link = Files.createSymbolicLink(other.resolve("tls.key"), file);

    assertThat(refusal(link).reason()).isEqualTo(Reason.LINK_LEADS_ELSEWHERE);
    assertThat(publicRefusal(link, 100).reason()).isEqualTo(Reason.LINK_LEADS_ELSEWHERE);
  }

  @Test
  @Timeout(10)
  void refusesPipeDirectoryAndDeviceWithoutWaiting() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    assertThat(refusal(pipe).reason()).isEqualTo(Reason.WRONG_KIND);
    assertThat(refusal(directory).reason()).isEqualTo(Reason.WRONG_KIND);
    assertThat(refusal(Path.of("/dev/null")).reason()).isEqualTo(Reason.WRONG_KIND);
  }

  @Test
  void namesMissingFileAndLinkToNothing() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("nothing"));

    assertThat(refusal(directory.resolve("none")).reason()).isEqualTo(Reason.MISSING);
    assertThat(refusal(link)).hasMessageContaining("link to nothing");
  }

  @Test
  void refusesFileLargerThanAllowed() throws IOException {
    assertThat(PublicFile.read(file, CONTENT.length)).isEqualTo(CONTENT);
    assertThat(publicRefusal(file, CONTENT.length - 1).reason()).isEqualTo(Reason.TOO_LARGE);

    Files.write(file, new byte[SecretFile.MAX_BYTES]);
    assertThat(SecretFile.read(file)).hasSize(SecretFile.MAX_BYTES);
    Files.write(file, new byte[SecretFile.MAX_BYTES + 1]);
    assertThat(refusal(file).reason()).isEqualTo(Reason.TOO_LARGE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"another file", "a link", "other rights", "a directory"})
  void throwsAwayWhatWasReadWhenTheFileWasExchangedAfterTheLook(String exchanged)
      throws IOException {
    CheckedFile looked = CheckedFile.at(file, "secret file").refuseReadableByEveryone();
    assertThat(looked.read(100)).isEqualTo(CONTENT);

    Path other =
        Files.write(directory.resolve("other"), "planted".getBytes(StandardCharsets.US_ASCII));
    rights(other, "rw-------");
    switch (exchanged) {
      case "another file" -> Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      case "a link" -> {
        Files.delete(file);
        Files.createSymbolicLink(file, other);
      }
      case "other rights" -> rights(file, "rw-r--r--");
      default -> {
        Files.delete(file);
        Files.createDirectory(file);
      }
    }

    assertThatThrownBy(() -> looked.read(100)).isInstanceOf(IOException.class);
  }

  @Test
  void saysThatTheFileWasExchanged() throws IOException {
    CheckedFile looked = CheckedFile.at(file, "secret file");
    AtomicFile.write(file, CONTENT, AtomicFile.Rights.SECRET);

    assertThat(catchThrowableOfType(FileProblem.class, () -> looked.read(100)).reason())
        .isEqualTo(Reason.EXCHANGED);
  }

  @Test
  void readsAgainWhenTheFileIsRenewedMeanwhileButNotForEver() throws IOException {
    int[] times = new int[1];
    CheckedFile.Read renewedOnce = () -> {
      CheckedFile looked = CheckedFile.at(file, "secret file");
      if (times[0]++ == 0) {
        AtomicFile.write(file, CONTENT, AtomicFile.Rights.SECRET);
      }
      return looked.read(100);
    };
    assertThat(CheckedFile.steadily(renewedOnce)).isEqualTo(CONTENT);
    assertThat(times[0]).isEqualTo(2);

    FileProblem problem = catchThrowableOfType(
        FileProblem.class,
        () -> CheckedFile.steadily(() -> {
          CheckedFile looked = CheckedFile.at(file, "secret file");
          AtomicFile.write(file, CONTENT, AtomicFile.Rights.SECRET);
          return looked.read(100);
        }));
    assertThat(problem.reason()).isEqualTo(Reason.EXCHANGED);
  }

  @Test
  void escapesPathInMessage() {
    assertThat(refusal(directory.resolve("a\nb\u001b[31m")))
        .hasMessageContaining("a\\u000ab\\u001b[31m");
  }

  private static FileProblem refusal(Path path) {
    return catchThrowableOfType(FileProblem.class, () -> SecretFile.read(path));
  }

  private static FileProblem publicRefusal(Path path, int maxBytes) {
    return catchThrowableOfType(FileProblem.class, () -> PublicFile.read(path, maxBytes));
  }

  private static void rights(Path path, String rights) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(rights));
  }
}
