package dev.countersign.cli;

/** What a command's exit tells a script. */
enum ExitCode {
  /** It did what was asked. */
  DONE(0),
  /** Something was refused, or there are findings. */
  REFUSED(1),
  /** The command line is wrong. */
  USAGE(2),
  /** The surroundings do not allow it: a file, an address, the network, the JVM. */
  ENVIRONMENT(3),
  /** A bug of ours. */
  BUG(70);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
