package dev.countersign.cli;

import dev.countersign.client.FirstConnection;
import dev.countersign.client.NoConnectionException;
import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.KeyMaterialException;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TlsOptions;
import dev.countersign.credentials.Transport;
import dev.countersign.identity.Principal;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Channels to the server that is expected, over what each target asks for. */
final class SecureChannels implements ChannelSource {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Override
  public ManagedChannel open(Dial dial, Terminal terminal) {
    KeyMaterial material = material(dial);
    Transports transports =
        new Transports(material, TlsOptions.DEFAULT, dial.emulator(), terminal.machine());
    dial.emulator()
        .ifPresent(address -> terminal.warn(
            "ALTS goes through the emulator at " + address + " and gives NO SECURITY"));
    List<SecureChannel> candidates =
        dial.targets().stream().map(target -> channel(dial, target, transports)).toList();
    if (candidates.size() == 1) {
      return candidates.get(0).build();
    }
    try {
      FirstConnection first = FirstConnection.among(candidates, PATIENCE);
      terminal.say("connected to " + first.transport() + "=" + first.target());
      return first.channel();
    } catch (NoConnectionException e) {
      throw CommandException.environment(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandException.environment("interrupted");
    }
  }

  private static SecureChannel channel(Dial dial, Place target, Transports transports) {
    Transport transport = transports.of(dial.transportFor(target));
    List<Principal> expected = dial.expectedServers();
    SecureChannel channel = SecureChannel.to(target.address().toString(), transport)
        .expecting(expected.get(0), expected.subList(1, expected.size()).toArray(Principal[]::new));
    dial.authority().ifPresent(channel::authority);
    if (dial.retry()) {
      channel.retrying(BuiltInServices.reading().toArray(MethodDescriptor<?, ?>[]::new));
    }
    return channel;
  }

  private static @Nullable KeyMaterial material(Dial dial) {
    if (dial.identity().isEmpty()) {
      return null;
    }
    try {
      return dial.identity()
          .get()
          .open(Role.CLIENT, KeyMaterial.DEFAULT_RELOAD_EVERY, InstantSource.system());
    } catch (KeyMaterialException e) {
      throw ErrorReport.unusable(e);
    }
  }
}
