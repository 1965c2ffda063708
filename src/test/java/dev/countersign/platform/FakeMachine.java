package dev.countersign.platform;

import dev.countersign.platform.AltsVerdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A Compute Engine VM on which ALTS is proved, until it is changed: a file system root, variables, a metadata server. */
final class FakeMachine implements AutoCloseable {
  private final Path root;
  private final Map<String, String> environment = new HashMap<>();
  private final CompletableFuture<String> never = new CompletableFuture<>();
  private FakeMetadata metadata = FakeMetadata.onLoopback();
  private String operatingSystem = "Linux";
  private AltsProof proof = (handshaker, limit) -> FakeMetadata.ACCOUNT;

  private FakeMachine(Path root) throws IOException {
    this.root = root;
    environment.put("GCE_METADATA_HOST", "127.0.0.1:" + metadata.port());
    product("Google Compute Engine");
  }

  static FakeMachine in(Path root) throws IOException {
    return new FakeMachine(root);
  }

  AltsVerdict survey(String search) {
    Machine machine = new Machine(root, environment, operatingSystem);
    return switch (search) {
      case "auto" -> AltsSurvey.of(machine, proof);
      case "alts" -> AltsSurvey.patiently(machine, proof);
      case "emulator" -> AltsSurvey.throughEmulator("127.0.0.2:8080", machine, proof);
      default -> throw new IllegalArgumentException(search);
    };
  }

  /** Changes one thing, such as {@code product=KVM} or {@code metadata-silent}; nothing for an empty text. */
  void change(String text) throws IOException {
    int equals = text.indexOf('=');
    String what = equals < 0 ? text : text.substring(0, equals);
    String to = text.substring(equals + 1);
    if (what.startsWith("env:")) {
      environment.put(what.substring("env:".length()), to);
    } else if (what.startsWith("header:")) {
      header(what.substring("header:".length()), to);
    } else {
      changeNamed(what, to);
    }
  }

  private void changeNamed(String what, String to) throws IOException {
    switch (what) {
      case "" -> {}
      case "system" -> operatingSystem = to;
      case "product" -> product(to);
      case "product-missing" -> Files.delete(productName());
      case "account" -> metadata.entry("instance/service-accounts/default/email", to);
      case "cluster" -> metadata.entry("instance/attributes/cluster-name", to);
      case "metadata-status" -> metadata.status(Integer.parseInt(to));
      case "metadata-slow" -> metadata.slow(Long.parseLong(to));
      case "metadata-silent" -> metadata.silent();
      case "metadata-closed" -> metadata.close();
      case "metadata-ipv6" -> {
        metadata.close();
        metadata = FakeMetadata.onIpv6Loopback();
        environment.put("GCE_METADATA_HOST", "[::1]:" + metadata.port());
      }
      case "handshaker" -> proof = handshaker(to);
      default -> throw new IllegalArgumentException(what);
    }
  }

  private AltsProof handshaker(String behaviour) {
    return (handshaker, limit) -> switch (behaviour) {
      case "other" -> "node@demo.iam.gserviceaccount.com";
      case "silent" -> never.join();
      case "refused" -> throw new AltsProofException(Reason.HANDSHAKER_REFUSED, "said the test");
      case "broken" -> throw new AltsProofException(Reason.HANDSHAKE_BROKEN, "said the test");
      default -> throw new IllegalArgumentException(behaviour);
    };
  }

  private void header(String name, String value) {
    if (value.isEmpty()) {
      metadata.withoutHeader(name);
    } else {
      metadata.header(name, value);
    }
  }

  private void product(String name) throws IOException {
    Files.createDirectories(productName().getParent());
    Files.writeString(productName(), name.isEmpty() ? "" : name + "\n");
  }

  private Path productName() {
    return root.resolve("sys/class/dmi/id/product_name");
  }

  @Override
  public void close() {
    never.complete("");
    metadata.close();
  }
}
