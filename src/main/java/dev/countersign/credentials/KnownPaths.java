package dev.countersign.credentials;

import dev.countersign.credentials.TrustState.Question;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Paths that were found, from a leaf to its anchor, for all states of one source of trust. A path says nothing about
 * whether its anchor is believed, and nothing about time and revocation. Authorities, which many paths share, are kept
 * once.
 */
final class KnownPaths {
  private static final int MAX_PATHS = 20_000;
  private static final int MAX_AUTHORITIES = 1000;

  private final Map<Question, List<X509Certificate>> paths = new ConcurrentHashMap<>();
  private final Map<X509Certificate, X509Certificate> authorities = new ConcurrentHashMap<>();

  @Nullable
  List<X509Certificate> get(Question question) {
    return paths.get(question);
  }

  /** Keeps a path and returns it as it is kept. */
  List<X509Certificate> keep(Question question, List<X509Certificate> found) {
    if (paths.size() >= MAX_PATHS) {
      paths.clear();
    }
    if (authorities.size() >= MAX_AUTHORITIES) {
      authorities.clear();
    }
    List<X509Certificate> path = new ArrayList<>(found);
    for (int i = 1; i < path.size(); i++) {
      path.set(i, authorities.computeIfAbsent(path.get(i), authority -> authority));
    }
    List<X509Certificate> kept = List.copyOf(path);
    paths.put(question, kept);
    return kept;
  }
}
