package dev.countersign.fuzz;

/** Something that a reader promises did not hold for an input. */
public final class BrokenClaimException extends RuntimeException {
  private static final long serialVersionUID = 1;

  BrokenClaimException(String claim) {
    super(claim);
  }
}
