package dev.countersign.assessment;

import dev.countersign.text.Quoted;

/** What came of a check. */
public sealed interface Outcome {

  /**
   * The target withstood.
   *
   * @param seen what it did
   */
  record Passed(String seen) implements Outcome {}

  /**
   * The attack succeeded.
   *
   * @param summary what was seen and should not have been
   */
  record Finding(String summary) implements Outcome {}

  /**
   * Nothing was learned.
   *
   * @param why what stood in the way
   */
  record NotRun(String why) implements Outcome {}

  /** A pass; what is seen may hold text of the target. */
  static Outcome passed(String seen) {
    return new Passed(Quoted.bare(seen));
  }

  /** A finding; the summary may hold text of the target. */
  static Outcome finding(String summary) {
    return new Finding(Quoted.bare(summary));
  }

  /** A check that did not run. */
  static Outcome notRun(String why) {
    return new NotRun(Quoted.bare(why));
  }
}
