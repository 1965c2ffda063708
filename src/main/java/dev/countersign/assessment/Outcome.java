package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import org.jspecify.annotations.Nullable;

/** What came of a check. */
public sealed interface Outcome {

  /**
   * The target withstood.
   *
   * @param seen what it did
   * @param measured what others got meanwhile; null if nobody measured
   */
  record Passed(String seen, @Nullable Measurement measured) implements Outcome {}

  /**
   * The attack succeeded.
   *
   * @param summary what was seen and should not have been
   * @param measured what others got meanwhile; null if nobody measured
   */
  record Finding(String summary, @Nullable Measurement measured) implements Outcome {}

  /**
   * Nothing was learned.
   *
   * @param why what stood in the way
   */
  record NotRun(String why) implements Outcome {}

  /** A pass; what is seen may hold text of the target. */
  static Outcome passed(String seen) {
    return new Passed(Quoted.bare(seen), null);
  }

  /** A finding; the summary may hold text of the target. */
  static Outcome finding(String summary) {
    return new Finding(Quoted.bare(summary), null);
  }

  /** A check that did not run. */
  static Outcome notRun(String why) {
    return new NotRun(Quoted.bare(why));
  }

  /** A check that something went wrong in before it saw what it looks for. */
  static Outcome nothingLearned(Exception failure) {
    return notRun(
        "nothing was learned: " + failure.getClass().getSimpleName() + ": " + failure.getMessage());
  }

  /** What others got meanwhile; null if nobody measured. */
  default @Nullable Measurement measurement() {
    if (this instanceof Passed passed) {
      return passed.measured();
    }
    return this instanceof Finding finding ? finding.measured() : null;
  }

  /** The same with what others got meanwhile. */
  default Outcome measuredAs(Measurement measurement) {
    if (this instanceof Passed passed) {
      return new Passed(passed.seen() + "; " + measurement, measurement);
    }
    return this instanceof Finding finding ? new Finding(finding.summary(), measurement) : this;
  }
}
