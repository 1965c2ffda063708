package dev.countersign.cli;

/**
 * What the commands that start or call something hand their parsed flags to; a test passes its own.
 *
 * @param server starts and runs a server
 * @param doctor examines what a server would do
 * @param channels opens channels
 */
record Wiring(ServeLauncher server, Doctor doctor, ChannelSource channels) {

  /** What this version has. */
  static Wiring ofThisVersion() {
    return new Wiring(new ServerRun(), new Examination(), new SecureChannels());
  }
}
