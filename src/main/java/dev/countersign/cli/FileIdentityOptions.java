package dev.countersign.cli;

import dev.countersign.credentials.IdentityFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who we are: a directory, or files one by one. */
final class FileIdentityOptions {
  @Option(
      names = "--identity",
      paramLabel = "DIR",
      description = "Our identity: tls.crt, tls.key, ca.crt and, if there is one, crl.pem.")
  private @Nullable Path directory;

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      description = "Instead of --identity: our certificate, leaf first, then intermediates.")
  private @Nullable Path certificates;

  @Option(names = "--key", paramLabel = "FILE", description = "Its private key.")
  private @Nullable Path key;

  @Option(
      names = "--trust",
      paramLabel = "FILE",
      description = "The trust anchors of our own trust domain.")
  private @Nullable Path trust;

  @Option(
      names = "--crl",
      paramLabel = "FILE",
      description = "Certificate revocation lists: a file, or a directory of them.")
  private @Nullable Path crl;

  /**
   * The files, if an identity is named at all.
   *
   * @throws CommandException if the flags contradict each other or name only a part
   */
  Optional<IdentityFiles> files() {
    boolean anyFile = certificates != null || key != null || trust != null || crl != null;
    if (directory != null) {
      if (anyFile) {
        throw CommandException.usage(
            "--identity holds everything and excludes --cert, --key, --trust and --crl");
      }
      return Optional.of(IdentityFiles.in(directory));
    }
    if (!anyFile) {
      return Optional.empty();
    }
    if (certificates != null && key != null && trust != null) {
      return Optional.of(new IdentityFiles(certificates, key, trust, crl, Map.of()));
    }
    throw CommandException.usage("an identity in files lacks " + String.join(" and ", missing()));
  }

  private List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (certificates == null) {
      missing.add("--cert FILE");
    }
    if (key == null) {
      missing.add("--key FILE");
    }
    if (trust == null) {
      missing.add("--trust FILE");
    }
    return missing;
  }
}
