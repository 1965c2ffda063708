package dev.countersign.demo;

import java.io.IOException;

/** A file of places that cannot be used; the message names the file and, where there is one, the line and column. */
public final class PlacesException extends IOException {
  private static final long serialVersionUID = 1;

  /** What is wrong, for programs; people read the message. */
  public enum Reason {
    /** The file is missing or cannot be read. */
    UNREADABLE,
    /** The file, the number of its features or one of its names is larger than allowed. */
    TOO_LARGE,
    /** The text is not JSON. */
    NOT_JSON,
    /** The JSON is not a list of features: a value is missing or of another type. */
    WRONG_SHAPE,
    /** A key that the format does not have. */
    UNKNOWN_KEY,
    /** A coordinate that no point on Earth has. */
    OUT_OF_RANGE,
    /** Something follows the features. */
    TRAILING_TEXT
  }

  private final Reason reason;

  PlacesException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }
}
