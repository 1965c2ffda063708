package dev.countersign.emulator;

/** An emulator that cannot be started as it was asked for; the message says what was found and what is allowed. */
public final class EmulatorException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** What is wrong, for programs; people read the message. */
  public enum Reason {
    /** The text is not an address of the form {@code HOST:PORT}. */
    BAD_ADDRESS,
    /** The address is not a loopback address, so that others than this machine could reach the emulator. */
    NOT_LOOPBACK,
    /** The text is not a workload of the form {@code SERVICE_ACCOUNT=HOST:PORT}. */
    BAD_WORKLOAD,
    /** There is nobody to emulate. */
    NO_WORKLOAD,
    /** One service account has two addresses. */
    DUPLICATE_WORKLOAD,
    /** One workload has two metadata servers. */
    DUPLICATE_METADATA,
    /** The service account is not one of the emulator's. */
    UNKNOWN_WORKLOAD,
    /** The text is not a fault. */
    BAD_FAULT,
    /** The secret is so short that it can be guessed. */
    SHORT_SECRET,
    /** The address is taken, or this machine has no such address. */
    CANNOT_BIND
  }

  private final Reason reason;

  EmulatorException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  EmulatorException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }
}
