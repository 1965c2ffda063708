package dev.countersign.cli;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.KeyMaterialException;
import dev.countersign.credentials.KeyMaterialException.Problem;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.credentials.TransportUnavailableException;
import dev.countersign.identity.Principal;
import io.grpc.ManagedChannel;
import java.time.InstantSource;
import java.util.List;

/** Channels over mutual TLS to the server that is expected. */
final class SecureChannels implements ChannelSource {

  @Override
  public ManagedChannel open(Dial dial) {
    if (dial.targets().size() > 1) {
      throw CommandException.notYet("a second --target");
    }
    try {
      KeyMaterial material = KeyMaterial.watching(
          dial.identity(), Role.CLIENT, KeyMaterial.DEFAULT_RELOAD_EVERY, InstantSource.system());
      List<Principal> expected = dial.expectedServers();
      SecureChannel channel = SecureChannel.to(
              dial.targets().get(0).address().toString(), Transport.mutualTls(material))
          .expecting(
              expected.get(0), expected.subList(1, expected.size()).toArray(Principal[]::new));
      dial.authority().ifPresent(channel::authority);
      return channel.build();
    } catch (KeyMaterialException e) {
      throw new CommandException(
          ExitCode.REFUSED, e.problems().stream().map(Problem::message).toList(), List.of());
    } catch (TransportUnavailableException e) {
      throw CommandException.environment(String.valueOf(e.getMessage()));
    }
  }
}
