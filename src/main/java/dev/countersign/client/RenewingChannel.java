package dev.countersign.client;

import dev.countersign.credentials.Credential;
import dev.countersign.credentials.KeyMaterial;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.lang.ref.WeakReference;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A channel whose new calls go over new connections once there is a new certificate: a server goes on asking whether it
 * trusts the old one, which expires or loses its trust anchor. Running calls end where they are. The key material knows
 * of it until it is shut down, or the first reload after it was forgotten without that.
 */
final class RenewingChannel extends ManagedChannel {
  private final ManagedChannel channel;
  private final KeyMaterial material;
  private final Consumer<KeyMaterial.Reload> listener;

  private RenewingChannel(
      ManagedChannel channel, KeyMaterial material, Consumer<KeyMaterial.Reload> listener) {
    this.channel = channel;
    this.material = material;
    this.listener = listener;
  }

  static ManagedChannel of(ManagedChannel channel, KeyMaterial material) {
    Consumer<KeyMaterial.Reload> listener = new Renewals(channel, material);
    material.onReload(listener);
    return new RenewingChannel(channel, material, listener);
  }

  /** Holds the channel weakly, so that one that nobody has any more can go. */
  private static final class Renewals implements Consumer<KeyMaterial.Reload> {
    private final WeakReference<ManagedChannel> channel;
    private final KeyMaterial material;
    private final AtomicReference<Credential> presented;

    Renewals(ManagedChannel channel, KeyMaterial material) {
      this.channel = new WeakReference<>(channel);
      this.material = material;
      this.presented = new AtomicReference<>(material.credential());
    }

    @Override
    public void accept(KeyMaterial.Reload reload) {
      ManagedChannel open = channel.get();
      Credential now = material.credential();
      if (open == null) {
        material.forget(this);
      } else if (presented.getAndSet(now) != now) {
        open.enterIdle();
      }
    }
  }

  @Override
  public ManagedChannel shutdown() {
    material.forget(listener);
    channel.shutdown();
    return this;
  }

  @Override
  public ManagedChannel shutdownNow() {
    material.forget(listener);
    channel.shutdownNow();
    return this;
  }

  @Override
  public boolean isShutdown() {
    return channel.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return channel.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return channel.awaitTermination(timeout, unit);
  }

  @Override
  public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    return channel.newCall(method, options);
  }

  @Override
  public String authority() {
    return channel.authority();
  }

  @Override
  public ConnectivityState getState(boolean requestConnection) {
    return channel.getState(requestConnection);
  }

  @Override
  public void notifyWhenStateChanged(ConnectivityState source, Runnable callback) {
    channel.notifyWhenStateChanged(source, callback);
  }

  @Override
  public void resetConnectBackoff() {
    channel.resetConnectBackoff();
  }

  @Override
  public void enterIdle() {
    channel.enterIdle();
  }
}
