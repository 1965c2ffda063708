package dev.countersign.assessment;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Everything that an assessment saw.
 *
 * @param target where
 * @param transport over what, {@code mtls} or {@code alts}
 * @param method what the positive controls called
 * @param started when
 * @param took how long
 * @param results in the order in which they were run
 */
public record Report(
    String target,
    String transport,
    String method,
    Instant started,
    Duration took,
    List<Result> results) {

  /** A report; the list is copied. */
  public Report {
    results = List.copyOf(results);
  }

  /** The results that are findings, worst first. */
  public List<Result> findings() {
    return results.stream()
        .filter(result -> result.outcome() instanceof Outcome.Finding)
        .sorted(java.util.Comparator.comparing(result -> result.check().severity()))
        .toList();
  }

  /** The results of checks that the target withstood. */
  public List<Result> passed() {
    return of(Outcome.Passed.class);
  }

  /** The results of checks that could not run. */
  public List<Result> notRun() {
    return of(Outcome.NotRun.class);
  }

  /** The results beside which somebody measured. */
  List<Result> measured() {
    return results.stream()
        .filter(result -> result.outcome().measurement() != null)
        .toList();
  }

  private List<Result> of(Class<? extends Outcome> kind) {
    return results.stream().filter(result -> kind.isInstance(result.outcome())).toList();
  }
}
