package dev.countersign.cli;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;

/** Channels without any security, which only tests may open. */
final class PlainChannels implements ChannelSource {

  static Wiring wiring() {
    Wiring real = Wiring.ofThisVersion();
    return new Wiring(real.server(), real.doctor(), new PlainChannels());
  }

  @Override
  public ManagedChannel open(Dial dial, Terminal terminal) {
    HostPort first = dial.targets().get(0).address();
    return Grpc.newChannelBuilderForAddress(
            first.host(), first.port(), InsecureChannelCredentials.create())
        .build();
  }
}
