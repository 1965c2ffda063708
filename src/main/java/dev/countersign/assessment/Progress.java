package dev.countersign.assessment;

/** Hears how far an assessment is; called on the assessing thread. */
public interface Progress {
  /** Hears nothing. */
  Progress NONE = new Progress() {};

  /** A group begins. */
  default void begins(Group group, int checks) {}

  /** A check begins. */
  default void begins(About check) {}

  /** A check ended. */
  default void ended(Result result) {}
}
