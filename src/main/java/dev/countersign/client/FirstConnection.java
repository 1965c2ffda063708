package dev.countersign.client;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The first of several channels that connects, where a client cannot know which transport a server chose: given in order
 * of preference, tried one after the other, the rest shut down.
 *
 * @param target where it leads
 * @param transport the transport that connected, {@code mtls} or {@code alts}
 * @param channel the channel; the caller shuts it down
 */
public record FirstConnection(String target, String transport, ManagedChannel channel) {

  /**
   * Connects.
   *
   * @param candidates in order of preference
   * @param patience how long each may take
   * @throws NoConnectionException if none connects
   */
  public static FirstConnection among(List<SecureChannel> candidates, Duration patience)
      throws NoConnectionException, InterruptedException {
    List<String> failed = new ArrayList<>();
    for (SecureChannel candidate : candidates) {
      ManagedChannel channel = candidate.build();
      if (connects(channel, System.nanoTime() + patience.toNanos())) {
        return new FirstConnection(candidate.target(), candidate.transport(), channel);
      }
      channel.shutdownNow();
      failed.add(candidate.transport() + "=" + candidate.target());
    }
    throw new NoConnectionException(failed, patience);
  }

  private static boolean connects(ManagedChannel channel, long deadline)
      throws InterruptedException {
    ConnectivityState state = channel.getState(true);
    while (state == ConnectivityState.IDLE || state == ConnectivityState.CONNECTING) {
      CountDownLatch changed = new CountDownLatch(1);
      channel.notifyWhenStateChanged(state, changed::countDown);
      if (!changed.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return false;
      }
      state = channel.getState(true);
    }
    return state == ConnectivityState.READY;
  }
}
