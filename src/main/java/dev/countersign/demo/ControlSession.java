package dev.countersign.demo;

import dev.countersign.demo.device.DeviceCommand;
import dev.countersign.demo.device.DeviceEvent;
import dev.countersign.text.Quoted;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One device's session: its first event opens it, commands follow its settings, each event acknowledges. */
final class ControlSession extends RequestStream<DeviceEvent> {
  private final Function<String, ControlledDevice> own;
  private final StateFeed<DeviceCommand> commands;
  private @Nullable ControlledDevice device;

  /** A session for the devices that the function does not refuse. */
  ControlSession(Function<String, ControlledDevice> own, StateFeed<DeviceCommand> commands) {
    super(commands);
    this.own = own;
    this.commands = commands;
  }

  @Override
  void receive(DeviceEvent event) {
    ControlledDevice speaker = own.apply(event.getDeviceId());
    speaker.acknowledge(event.getAcknowledgedRevision());
    if (device == null) {
      device = speaker;
      commands.follow(speaker);
    } else if (device != speaker) {
      throw DeviceLimits.invalid("session belongs to another device: "
          + Quoted.of(event.getDeviceId()) + " (opened for \""
          + device.state().getDeviceId() + "\")");
    }
  }

  @Override
  void finish() {
    commands.onCompleted();
  }
}
