package dev.countersign.assessment;

/** A check lacks something that it needs; the message says what. */
final class CannotRunException extends Exception {
  private static final long serialVersionUID = 1;

  CannotRunException(String why) {
    super(why);
  }
}
