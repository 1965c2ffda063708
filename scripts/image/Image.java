import com.google.cloud.tools.jib.api.CacheDirectoryCreationException;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainer;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.RegistryException;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.api.buildplan.Platform;
import com.google.cloud.tools.jib.frontend.CredentialRetrieverFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/**
 * Makes the image out of a folder whose sub-folders are its layers, in the order of their names. Run by scripts/image.sh;
 * prints the digest. Every file is of root, belongs to the second after the epoch, and can be written by nobody but root;
 * the process is user 65532, so that it can write nothing.
 */
final class Image {
  private static final Instant MODIFIED = Instant.ofEpochSecond(1);

  private final Map<String, List<String>> flags = new LinkedHashMap<>();

  private Image(String[] args) {
    for (String arg : args) {
      String[] parts = arg.split("=", 2);
      flags.computeIfAbsent(parts[0], name -> new ArrayList<>()).add(parts[1]);
    }
  }

  public static void main(String[] args) throws Exception {
    // Nothing is told to anybody about this build.
    System.setProperty("jib.disableUpdateChecks", "true");
    System.out.println(new Image(args).build().getDigest());
  }

  private JibContainer build()
      throws InvalidImageReferenceException, IOException, InterruptedException, RegistryException,
          CacheDirectoryCreationException, ExecutionException {
    JibContainerBuilder image = flags.containsKey("--base")
        ? Jib.from(withCredentials(one("--base")))
        : Jib.fromScratch();
    Set<Platform> platforms = new LinkedHashSet<>();
    all("--platform").forEach(name -> platforms.add(new Platform(name, "linux")));
    image
        .setPlatforms(platforms)
        .setFormat(ImageFormat.Docker)
        .setCreationTime(Instant.parse(one("--created")))
        .setUser("65532:65532")
        .setWorkingDirectory(AbsoluteUnixPath.get("/"))
        .setEntrypoint(all("--entrypoint"))
        .setProgramArguments(List.of("--help"))
        .setEnvironment(Map.of("LANG", "C.UTF-8"));
    for (String label : all("--label")) {
      String[] parts = label.split("=", 2);
      image.addLabel(parts[0], parts[1]);
    }
    for (Path layer : children(Path.of(one("--layers")))) {
      image.addFileEntriesLayer(layer(layer));
    }
    Path cache = Path.of(one("--jib-cache"));
    return image.containerize(target()
        .setBaseImageLayersCache(cache)
        .setApplicationLayersCache(cache)
        .setToolName("countersign"));
  }

  private Containerizer target() throws InvalidImageReferenceException {
    return flags.containsKey("--push")
        ? Containerizer.to(withCredentials(one("--push")))
        : Containerizer.to(TarImage.at(Path.of(one("--tar"))).named(one("--name")));
  }

  /** Credentials as Docker keeps them, or as its programs for that give them. */
  private static RegistryImage withCredentials(String name) throws InvalidImageReferenceException {
    ImageReference reference = ImageReference.parse(name);
    CredentialRetrieverFactory found = CredentialRetrieverFactory.forImage(reference, event -> {});
    return RegistryImage.named(reference)
        .addCredentialRetriever(found.dockerConfig())
        .addCredentialRetriever(found.wellKnownCredentialHelpers())
        .addCredentialRetriever(found.googleApplicationDefaultCredentials());
  }

  private static FileEntriesLayer layer(Path root) throws IOException {
    FileEntriesLayer.Builder layer =
        FileEntriesLayer.builder().setName(root.getFileName().toString());
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted().toList()) {
        if (!file.equals(root)) {
          AbsoluteUnixPath place = AbsoluteUnixPath.get("/" + root.relativize(file));
          layer.addEntry(file, place, permissions(file), MODIFIED);
        }
      }
    }
    return layer.build();
  }

  private static FilePermissions permissions(Path file) {
    if (file.endsWith("tmp")) {
      return FilePermissions.fromOctalString("777");
    }
    return FilePermissions.fromOctalString(
        Files.isDirectory(file) || Files.isExecutable(file) ? "755" : "644");
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private String one(String name) {
    List<String> values = all(name);
    if (values.size() != 1) {
      throw new IllegalArgumentException(name + " is needed once: found " + values.size());
    }
    return values.get(0);
  }

  private List<String> all(String name) {
    return flags.getOrDefault(name, Collections.emptyList());
  }
}
