package dev.countersign.demo;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import dev.countersign.demo.device.DeviceCommand;
import dev.countersign.demo.device.DeviceEvent;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The device's side of a control session. Commands are taken one at a time: the next is asked for when the one before
 * it is applied and its acknowledgement is on the way. Safe for use by many threads.
 */
public final class DeviceSession implements AutoCloseable {
  private final String deviceId;
  private final Consumer<DeviceCommand> commands;
  private final SettableFuture<@Nullable Void> ended = SettableFuture.create();
  private @Nullable ClientCallStreamObserver<DeviceEvent> call;
  private @Nullable DeviceEvent unsent;
  private boolean closing;

  DeviceSession(String deviceId, Consumer<DeviceCommand> commands) {
    this.deviceId = deviceId;
    this.commands = commands;
    this.unsent = event(0);
  }

  /** Done when the server has ended the session; fails with {@link io.grpc.StatusRuntimeException}. */
  public ListenableFuture<@Nullable Void> ended() {
    return Futures.nonCancellationPropagating(ended);
  }

  /** Tells the server that no more will be acknowledged; the session ends when it has answered. */
  @Override
  public synchronized void close() {
    if (!closing && !ended.isDone() && call != null) {
      closing = true;
      call.onCompleted();
    }
  }

  ClientResponseObserver<DeviceEvent, DeviceCommand> observer() {
    return new Commands();
  }

  private synchronized void started(ClientCallStreamObserver<DeviceEvent> newCall) {
    call = newCall;
    newCall.disableAutoRequestWithInitial(0);
    newCall.setOnReadyHandler(this::send);
  }

  private synchronized void acknowledge(DeviceCommand command) {
    unsent = event(command.getRevision());
    send();
  }

  private synchronized void send() {
    if (call != null && unsent != null && !closing && call.isReady()) {
      call.onNext(unsent);
      unsent = null;
      call.request(1);
    }
  }

  private DeviceEvent event(long revision) {
    return DeviceEvent.newBuilder()
        .setDeviceId(deviceId)
        .setAcknowledgedRevision(revision)
        .build();
  }

  private final class Commands implements ClientResponseObserver<DeviceEvent, DeviceCommand> {
    @Override
    public void beforeStart(ClientCallStreamObserver<DeviceEvent> newCall) {
      started(newCall);
    }

    @Override
    public void onNext(DeviceCommand command) {
      commands.accept(command);
      acknowledge(command);
    }

    @Override
    public void onError(Throwable error) {
      ended.setException(error);
    }

    @Override
    public void onCompleted() {
      ended.set(null);
    }
  }
}
