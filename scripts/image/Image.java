import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Credential;
import com.google.cloud.tools.jib.api.CredentialRetriever;
import com.google.cloud.tools.jib.api.DescriptorDigest;
import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainer;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.api.buildplan.Platform;
import com.google.cloud.tools.jib.event.EventHandlers;
import com.google.cloud.tools.jib.frontend.CredentialRetrieverFactory;
import com.google.cloud.tools.jib.hash.Digests;
import com.google.cloud.tools.jib.http.FailoverHttpClient;
import com.google.cloud.tools.jib.image.json.BuildableManifestTemplate;
import com.google.cloud.tools.jib.image.json.V22ManifestListTemplate;
import com.google.cloud.tools.jib.image.json.V22ManifestTemplate;
import com.google.cloud.tools.jib.json.JsonTemplateMapper;
import com.google.cloud.tools.jib.registry.RegistryClient;
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
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes the image out of folders, one for each kind of processor, whose sub-folders are its layers, in the order of their
 * names. Run by scripts/image.sh; prints the digest. Every file is of root, belongs to the second after the epoch, and can
 * be written by nobody but root; the process is user 65532, so that it can write nothing.
 */
final class Image {
  private static final Instant MODIFIED = Instant.ofEpochSecond(1);
  private static final Pattern LOOPBACK = Pattern.compile("(localhost|127\\.\\d+\\.\\d+\\.\\d+)(:\\d+)?");

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
    System.out.println(new Image(args).build());
  }

  /** With a base, the processors share our layers; without one, each has its own, and an index names them all. */
  private DescriptorDigest build() throws Exception {
    List<String> processors = all("--processor");
    if (flags.containsKey("--base") || processors.size() == 1) {
      return image(processors, target(String.join("", all("--push")))).getDigest();
    }
    ImageIndex index = new ImageIndex(ImageReference.parse(one("--push")), isInsecure());
    for (String processor : processors) {
      String name = one("--push") + "-" + processor;
      index.add(processor, image(List.of(processor), target(name)).getDigest());
    }
    return index.push();
  }

  private JibContainer image(List<String> processors, Containerizer target) throws Exception {
    JibContainerBuilder image = flags.containsKey("--base")
        ? Jib.from(withCredentials(one("--base")))
        : Jib.fromScratch();
    Set<Platform> platforms = new LinkedHashSet<>();
    processors.forEach(name -> platforms.add(new Platform(name, "linux")));
    image
        .setPlatforms(platforms)
        .setFormat(ImageFormat.Docker)
        .setCreationTime(Instant.parse(one("--created")))
        .setUser("65532:65532")
        .setWorkingDirectory(AbsoluteUnixPath.get("/"))
        .setEntrypoint(all("--entrypoint-" + processors.get(0)))
        .setProgramArguments(List.of("--help"))
        .setEnvironment(Map.of("LANG", "C.UTF-8"));
    for (String label : all("--label")) {
      String[] parts = label.split("=", 2);
      image.addLabel(parts[0], parts[1]);
    }
    for (Path layer : children(Path.of(one("--layers"), processors.get(0)))) {
      image.addFileEntriesLayer(layer(layer));
    }
    Path cache = Path.of(one("--jib-cache"));
    return image.containerize(target
        .setBaseImageLayersCache(cache)
        .setApplicationLayersCache(cache)
        .setAllowInsecureRegistries(isInsecure())
        .setToolName("countersign"));
  }

  private Containerizer target(String name) throws InvalidImageReferenceException {
    return flags.containsKey("--push")
        ? Containerizer.to(withCredentials(name))
        : Containerizer.to(TarImage.at(Path.of(one("--tar"))).named(one("--name")));
  }

  /** Plain HTTP is spoken with registries of this machine only, and only if no other has a part in it. */
  private boolean isInsecure() throws InvalidImageReferenceException {
    List<String> names = new ArrayList<>(all("--push"));
    names.addAll(all("--base"));
    for (String name : names) {
      if (!LOOPBACK.matcher(ImageReference.parse(name).getRegistry()).matches()) {
        return false;
      }
    }
    return true;
  }

  /** Credentials as Docker keeps them, or as its programs for that give them. */
  private static RegistryImage withCredentials(String name) throws InvalidImageReferenceException {
    ImageReference reference = ImageReference.parse(name);
    RegistryImage image = RegistryImage.named(reference);
    retrievers(reference).forEach(image::addCredentialRetriever);
    return image;
  }

  static List<CredentialRetriever> retrievers(ImageReference reference) {
    CredentialRetrieverFactory found = CredentialRetrieverFactory.forImage(reference, event -> {});
    return List.of(
        found.dockerConfig(),
        found.wellKnownCredentialHelpers(),
        found.googleApplicationDefaultCredentials());
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

/** A list of images, one for each kind of processor; Jib makes one only where all have the same layers. */
final class ImageIndex {
  private final ImageReference reference;
  private final RegistryClient registry;
  private final V22ManifestListTemplate index = new V22ManifestListTemplate();

  ImageIndex(ImageReference reference, boolean insecure) throws Exception {
    this.reference = reference;
    RegistryClient.Factory factory = RegistryClient.factory(
        EventHandlers.NONE,
        reference.getRegistry(),
        reference.getRepository(),
        new FailoverHttpClient(insecure, false, event -> {}));
    boolean known = false;
    for (CredentialRetriever retriever : Image.retrievers(reference)) {
      Optional<Credential> credential = retriever.retrieve();
      if (!known && credential.isPresent()) {
        factory.setCredential(credential.get());
        known = true;
      }
    }
    registry = factory.setUserAgent("countersign").newRegistryClient();
    if (!registry.doPushBearerAuth() && known) {
      registry.configureBasicAuth();
    }
  }

  /** Takes up an image that was pushed, as the registry has it. */
  void add(String processor, DescriptorDigest digest) throws Exception {
    BuildableManifestTemplate manifest =
        registry.pullManifest(digest.toString(), V22ManifestTemplate.class).getManifest();
    if (!Digests.computeJsonDigest(manifest).equals(digest)) {
      throw new IOException("the registry has another manifest than the one that was pushed");
    }
    V22ManifestListTemplate.ManifestDescriptorTemplate entry =
        new V22ManifestListTemplate.ManifestDescriptorTemplate();
    entry.setMediaType(manifest.getManifestMediaType());
    entry.setSize(JsonTemplateMapper.toByteArray(manifest).length);
    entry.setDigest(digest.toString());
    entry.setPlatform(processor, "linux");
    index.addManifest(entry);
  }

  DescriptorDigest push() throws Exception {
    return registry.pushManifest(index, reference.getQualifier());
  }
}
