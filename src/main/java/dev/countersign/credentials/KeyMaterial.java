package dev.countersign.credentials;

import dev.countersign.identity.SpiffeId;
import dev.countersign.workload.AgentSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a workload presents and whom it believes, now and after every change. Files are the usual source; another one
 * implements this interface. Safe for use by several threads.
 */
public interface KeyMaterial extends TrustSource, AutoCloseable {

  /** How often files are looked at unless told otherwise. */
  Duration DEFAULT_RELOAD_EVERY = Duration.ofSeconds(1);

  /** How long to wait at first for an agent that does not answer. */
  Duration DEFAULT_PATIENCE = Duration.ofSeconds(10);

  /** What to present now. */
  Credential credential();

  /** What stands against presenting it though it has not expired, for people; null if nothing does. */
  default @Nullable String obstacle() {
    return null;
  }

  /** Calls back after each change that was taken up, and once for each that was refused in part or as a whole; on the watching thread. */
  void onReload(Consumer<Reload> listener);

  /** Calls this listener back no more; a source that cannot forget goes on. */
  default void forget(Consumer<Reload> listener) {}

  @Override
  default void onTrustChange(Runnable listener) {
    onReload(reload -> listener.run());
  }

  /** Ends the watch; what was loaded stays usable. */
  @Override
  void close();

  /**
   * An identity directory (see {@link IdentityFiles#in}), looked at once a second.
   *
   * @param directory where {@code tls.crt}, {@code tls.key} and {@code ca.crt} are
   * @param role what the certificate must be good for
   * @throws KeyMaterialException if what is there now cannot be used
   */
  static KeyMaterial watching(Path directory, Role role) throws KeyMaterialException {
    return watching(
        IdentityFiles.in(directory), role, DEFAULT_RELOAD_EVERY, InstantSource.system());
  }

  /**
   * Files, looked at by content. Certificate and key are taken up together, and so are anchors and revocation lists, and
   * only if all of it can be used; else what was good stays, and the files are tried again at every look. New trust does
   * not wait for a certificate that cannot be used.
   *
   * @param files where they are
   * @param role what the certificate must be good for
   * @param every the time between two looks
   * @param clock what validity is compared with
   * @throws KeyMaterialException if what is there now cannot be used
   */
  static KeyMaterial watching(IdentityFiles files, Role role, Duration every, InstantSource clock)
      throws KeyMaterialException {
    return FileKeyMaterial.open(files, role, every, clock);
  }

  /**
   * The first identity that an agent on this machine has for us (SPIFFE Workload API), with every change that it sends;
   * waits for it for {@link #DEFAULT_PATIENCE}.
   *
   * @param socket where the agent is; whoever serves it decides who we are and whom we believe
   * @param role what the certificate must be good for
   * @throws KeyMaterialException if no agent answers in time, it has no identity for us, or that cannot be used
   */
  static KeyMaterial fromWorkloadApi(AgentSocket socket, Role role) throws KeyMaterialException {
    return fromWorkloadApi(socket, null, role, DEFAULT_PATIENCE, InstantSource.system());
  }

  /**
   * An identity that an agent on this machine has for us (SPIFFE Workload API), with every change that it sends. It is
   * proved like files are, in the same two halves. While the agent is away, what was good stays.
   *
   * @param socket where the agent is; whoever serves it decides who we are and whom we believe
   * @param wanted which of our identities to take; null for the first
   * @param role what the certificate must be good for
   * @param patience how long to wait for an agent that does not answer or does not know us yet
   * @param clock what validity is compared with
   * @throws KeyMaterialException if no agent answers in time, it has no identity for us, or that cannot be used
   */
  static KeyMaterial fromWorkloadApi(
      AgentSocket socket,
      @Nullable SpiffeId wanted,
      Role role,
      Duration patience,
      InstantSource clock)
      throws KeyMaterialException {
    return WorkloadKeyMaterial.open(
        socket, new WorkloadKeyMaterial.Use(wanted, role, clock), patience);
  }

  /**
   * What came of a change.
   *
   * @param accepted whether all of it was taken up
   * @param message what people read: what is used now, and why if it is not the new
   */
  record Reload(boolean accepted, String message) {}
}
