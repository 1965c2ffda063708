package dev.countersign.assessment;

/**
 * What came of trying to call the method.
 *
 * @param access how far the attempt came
 * @param detail what was seen
 */
record Attempt(Access access, String detail) {

  /** How far an attempt came. */
  enum Access {
    /** The handler answered, or a call that was to be ended stayed open. */
    ALLOWED,
    /** There was a connection, and the call was denied. */
    DENIED,
    /** There was no connection, or it ended before the call was answered. */
    REFUSED,
    /** The call ended in another way. */
    OTHER
  }

  static Attempt refused(Exception failure) {
    return new Attempt(
        Access.REFUSED,
        "refused: " + failure.getClass().getSimpleName() + ": " + failure.getMessage());
  }

  boolean isAllowed() {
    return access == Access.ALLOWED;
  }

  /** A finding with this summary if the attempt came through, else a pass. */
  Outcome mustNotSucceed(String summary) {
    return isAllowed() ? Outcome.finding(summary + " (" + detail + ")") : Outcome.passed(detail);
  }
}
