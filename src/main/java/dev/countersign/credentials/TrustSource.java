package dev.countersign.credentials;

/** Where the present trust state is read; one volatile read, for use on every call. */
@FunctionalInterface
public interface TrustSource {

  /** The trust state to use now. */
  TrustState trust();
}
