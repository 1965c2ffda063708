package dev.countersign.cli;

import dev.countersign.platform.Machine;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.Map;

/**
 * What a command may touch of the process it runs in; a test passes its own.
 *
 * @param environment the environment variables
 * @param in where requests may come from
 * @param out results, UTF-8, nothing else
 * @param err everything else
 * @param clock what time it is
 */
record Terminal(
    Map<String, String> environment,
    InputStream in,
    PrintStream out,
    PrintStream err,
    InstantSource clock) {

  Terminal {
    environment = Map.copyOf(environment);
  }

  /** This machine, with the environment that we were given. */
  Machine machine() {
    Machine here = Machine.here();
    return new Machine(here.root(), environment, here.operatingSystem());
  }

  /** Tells the person in front of it something that is not a result. */
  void say(String line) {
    err.println(line);
  }

  /** Warns, in the form that errors have. */
  void warn(String problem) {
    err.println("countersign: warning: " + Printable.of(problem));
  }
}
