package dev.countersign.credentials;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;

/**
 * What a workload presents and whom it believes, now and after every change. Files are the usual source; another one
 * implements this interface. Safe for use by several threads.
 */
public interface KeyMaterial extends TrustSource, AutoCloseable {

  /** How often files are looked at unless told otherwise. */
  Duration DEFAULT_RELOAD_EVERY = Duration.ofSeconds(1);

  /** What to present now. */
  Credential credential();

  /** Calls back after each change that was taken up, and once for each that was refused in part or as a whole; on the watching thread. */
  void onReload(Consumer<Reload> listener);

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
    return FileKeyMaterial.open(new KeyMaterialLoader(files, role, clock), every);
  }

  /**
   * What came of a change.
   *
   * @param accepted whether all of it was taken up
   * @param message what people read: what is used now, and why if it is not the new
   */
  record Reload(boolean accepted, String message) {}
}
