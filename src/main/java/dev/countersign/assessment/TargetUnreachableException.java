package dev.countersign.assessment;

/** The allowed identity cannot call the method at all, so that nothing could be learned from refusals. */
public final class TargetUnreachableException extends Exception {
  private static final long serialVersionUID = 1;

  TargetUnreachableException(String why) {
    super(why);
  }
}
