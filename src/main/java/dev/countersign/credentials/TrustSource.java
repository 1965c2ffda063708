package dev.countersign.credentials;

/** Where the present trust state is read; one volatile read, for use on every call. */
@FunctionalInterface
public interface TrustSource {

  /** The trust state to use now. */
  TrustState trust();

  /**
   * Calls back as soon as there is another trust state, on any thread; it must not block. A source that cannot tell never
   * calls: whoever must not miss a change compares generations as well.
   */
  default void onTrustChange(Runnable listener) {}

  /** Calls this listener back no more; a source that cannot forget goes on. */
  default void forget(Runnable listener) {}
}
