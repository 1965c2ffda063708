package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that runs out of file descriptors accepts again once there are some. */
final class DescriptorLimitIT {
  private static final int DESCRIPTORS = 200;
  private static final int CONNECTIONS = 400;

  @TempDir
  private Path directory;

  @Test
  void acceptsAgainWhenConnectionsAreReleased() throws Exception {
    ServedIdentities identities = ServedIdentities.in(directory);
    Path run = directory.resolve("run");
    List<String> words = new ArrayList<>(
        List.of("/bin/sh", "-c", "ulimit -n " + DESCRIPTORS + " && exec \"$@\"", "sh"));
    words.addAll(ServeProcess.java(List.of(), identities.serve(run)));
    try (ServeProcess server = ServeProcess.start(run, words)) {
      String target = server.ready().target();
      assertThat(identities.call(target, "operator", ServedIdentities.SERVER).exitCode())
          .isZero();

      List<SocketChannel> held = hold(target);
      server.awaitErr("Too many open files");
      for (SocketChannel each : held) {
        each.close();
      }

      // Those that waited to be accepted may still be.
      ServeProcess.await(() -> {
        CommandRun call = identities.call(target, "operator", ServedIdentities.SERVER);
        return call.exitCode() == 0 && call.err().isEmpty();
      });
      CommandRun again = identities.call(target, "operator", ServedIdentities.SERVER);
      assertThat(again.err()).isEmpty();
      assertThat(again.exitCode()).isZero();
      assertThat(server.isAlive()).isTrue();
      assertThat(server.err()).doesNotContain("NoClassDefFoundError");
    }
  }

  private static List<SocketChannel> hold(String target) throws IOException {
    int port = Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
    List<SocketChannel> held = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      SocketChannel channel = SocketChannel.open();
      // Those that the server cannot accept wait; so must not we.
      channel.configureBlocking(false);
      channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      held.add(channel);
    }
    return held;
  }
}
