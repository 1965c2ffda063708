package dev.countersign.cli;

import java.io.IOException;

/** Examines what {@code serve} would do with the same flags, and starts nothing. */
@FunctionalInterface
interface Doctor {
  /**
   * Prints what would be chosen and why.
   *
   * @return {@link ExitCode#REFUSED} if there are problems
   */
  ExitCode examine(ServeSettings settings, boolean asJson, Terminal terminal)
      throws IOException, InterruptedException;
}
