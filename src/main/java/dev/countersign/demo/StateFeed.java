package dev.countersign.demo;

import dev.countersign.demo.device.Device;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The responses of a call that follows a device: what there is now, then what it became whenever the client takes more.
 * States that a slow client missed are skipped, so nothing is queued here. Safe for use by many threads: a change of
 * the device, the transport and the call's own end meet here.
 */
final class StateFeed<R> implements StreamObserver<R> {
  private final ServerCallStreamObserver<R> responses;
  private final Function<Device, R> view;
  private final Runnable follower = this::send;
  private @Nullable ControlledDevice device;
  private @Nullable R sent;
  private boolean ended;

  /** Must be called before the handler returns, as gRPC takes callbacks only until then. */
  StateFeed(ServerCallStreamObserver<R> responses, Function<Device, R> view) {
    this.responses = responses;
    this.view = view;
    responses.setOnReadyHandler(follower);
    responses.setOnCancelHandler(this::end);
    // Also when something between here and the client closed the call, such as a policy that
    // changed its mind.
    responses.setOnCloseHandler(this::end);
  }

  /**
   * Starts to send.
   *
   * @throws io.grpc.StatusRuntimeException {@code RESOURCE_EXHAUSTED}, if too many follow the device
   */
  void follow(ControlledDevice followed) {
    synchronized (this) {
      if (ended) {
        return;
      }
      followed.addFollower(follower);
      device = followed;
    }
    send();
  }

  private synchronized void send() {
    if (ended || device == null || !responses.isReady()) {
      return;
    }
    R now = view.apply(device.state());
    if (!now.equals(sent)) {
      sent = now;
      sendUnlessClosed(now);
    }
  }

  private void sendUnlessClosed(R now) {
    try {
      responses.onNext(now);
    } catch (IllegalStateException e) {
      // A guard closed the call after it was seen ready. That must not reach the call that changed
      // the device.
      end();
    }
  }

  private synchronized void end() {
    ended = true;
    if (device != null) {
      device.removeFollower(follower);
    }
  }

  @Override
  public void onNext(R response) {
    throw new UnsupportedOperationException("a feed sends what its device is");
  }

  @Override
  public synchronized void onError(Throwable refusal) {
    if (!ended) {
      end();
      responses.onError(refusal);
    }
  }

  @Override
  public synchronized void onCompleted() {
    if (!ended) {
      end();
      responses.onCompleted();
    }
  }
}
