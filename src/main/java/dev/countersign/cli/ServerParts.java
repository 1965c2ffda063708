package dev.countersign.cli;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.KeyMaterialException;
import dev.countersign.credentials.Role;
import dev.countersign.demo.Places;
import dev.countersign.demo.PlacesException;
import dev.countersign.policy.PolicyException;
import dev.countersign.server.PolicyFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a server is made of, read from the files that the flags name; all that is wrong with them at once. */
final class ServerParts implements AutoCloseable {
  private final List<String> problems = new ArrayList<>();
  private ExitCode exitCode = ExitCode.REFUSED;
  private final @Nullable KeyMaterial material;
  private final @Nullable PolicyFile policy;
  private final @Nullable PolicyFile shadowPolicy;
  private final @Nullable Places places;

  private ServerParts(ServeSettings settings, InstantSource clock) {
    material =
        settings.identity().map(source -> material(settings, source, clock)).orElse(null);
    policy = settings.policy().map(path -> policy(settings, path)).orElse(null);
    shadowPolicy = settings.shadowPolicy().map(path -> policy(settings, path)).orElse(null);
    places = places(settings);
  }

  static ServerParts read(ServeSettings settings, InstantSource clock) {
    return new ServerParts(settings, clock);
  }

  /** Everything that is wrong with the files. */
  List<String> problems() {
    return List.copyOf(problems);
  }

  /** Whose fault it is, if there are problems. */
  ExitCode exitCode() {
    return exitCode;
  }

  @Nullable
  KeyMaterial material() {
    return material;
  }

  @Nullable
  PolicyFile policy() {
    return policy;
  }

  /** What is decided beside the policy; null if nothing is. */
  @Nullable
  PolicyFile shadowPolicy() {
    return shadowPolicy;
  }

  @Nullable
  Places places() {
    return places;
  }

  private @Nullable KeyMaterial material(
      ServeSettings settings, IdentitySource source, InstantSource clock) {
    try {
      return source.open(Role.SERVER, settings.reloadEvery(), clock);
    } catch (KeyMaterialException e) {
      exitCode = ErrorReport.exitCode(e);
      e.problems().forEach(problem -> problems.add(problem.message()));
      return null;
    }
  }

  private @Nullable PolicyFile policy(ServeSettings settings, Path path) {
    try {
      return PolicyFile.watching(path, settings.reloadEvery());
    } catch (PolicyException e) {
      problems.addAll(ErrorReport.placed(e));
    } catch (IOException e) {
      problems.add(ErrorReport.describe(e));
    }
    return null;
  }

  private @Nullable Places places(ServeSettings settings) {
    try {
      return settings.features().isEmpty()
          ? Places.bundled()
          : Places.load(settings.features().get());
    } catch (PlacesException e) {
      problems.add(String.valueOf(e.getMessage()));
      return null;
    }
  }

  @Override
  public void close() {
    if (material != null) {
      material.close();
    }
    if (policy != null) {
      policy.close();
    }
    if (shadowPolicy != null) {
      shadowPolicy.close();
    }
  }
}
