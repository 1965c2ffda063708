package dev.countersign.cli;

import java.io.IOException;

/** Starts a server: the seam between the command line and the package that serves. */
@FunctionalInterface
interface ServeLauncher {
  /**
   * Serves until the process is told to stop.
   *
   * @throws CommandException if the server refuses to start; it names every reason
   */
  ExitCode serve(ServeSettings settings, Terminal terminal)
      throws IOException, InterruptedException;
}
