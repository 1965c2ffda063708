package dev.countersign.cli;

import io.grpc.ManagedChannel;

/** Opens channels: the seam between the command line and the package that secures them. */
@FunctionalInterface
interface ChannelSource {
  /**
   * A channel on which the server is one of those expected; nothing has connected yet.
   *
   * @throws CommandException if the identity cannot be used
   */
  ManagedChannel open(Dial dial, Terminal terminal);
}
