package dev.countersign.cli;

import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.KeyMaterialException;
import dev.countersign.credentials.Role;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.workload.AgentSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Where our identity is. */
sealed interface IdentitySource {

  /**
   * Opens it, with every change that comes.
   *
   * @throws KeyMaterialException if what is there now cannot be used
   */
  KeyMaterial open(Role role, Duration reloadEvery, InstantSource clock)
      throws KeyMaterialException;

  /**
   * The same with anchors of other trust domains from files.
   *
   * @throws CommandException if it brings its own
   */
  IdentitySource federatedWith(Map<TrustDomain, Path> others);

  /**
   * Files.
   *
   * @param files where they are
   */
  record Files(IdentityFiles files) implements IdentitySource {
    @Override
    public KeyMaterial open(Role role, Duration reloadEvery, InstantSource clock)
        throws KeyMaterialException {
      return KeyMaterial.watching(files, role, reloadEvery, clock);
    }

    @Override
    public IdentitySource federatedWith(Map<TrustDomain, Path> others) {
      return new Files(files.federatedWith(others));
    }

    @Override
    public String toString() {
      return "files";
    }
  }

  /**
   * An agent that serves the SPIFFE Workload API.
   *
   * @param socket where it is
   * @param wanted which of our identities to take
   */
  record Agent(AgentSocket socket, Optional<SpiffeId> wanted) implements IdentitySource {
    @Override
    public KeyMaterial open(Role role, Duration reloadEvery, InstantSource clock)
        throws KeyMaterialException {
      return KeyMaterial.fromWorkloadApi(
          socket, wanted.orElse(null), role, KeyMaterial.DEFAULT_PATIENCE, clock);
    }

    @Override
    public IdentitySource federatedWith(Map<TrustDomain, Path> others) {
      if (!others.isEmpty()) {
        throw CommandException.usage(
            "--workload-api brings the anchors of other trust domains and excludes --federated");
      }
      return this;
    }

    @Override
    public String toString() {
      return "the agent at " + socket;
    }
  }
}
