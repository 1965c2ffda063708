package dev.countersign.emulator;

import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteNote;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/** Sends a note to a {@link EchoGuide} again each time it comes back: never two under way, so each is a record. */
final class PingPong implements StreamObserver<RouteNote> {
  private final int rounds;
  private final CompletableFuture<Integer> done = new CompletableFuture<>();
  private final CompletableFuture<StreamObserver<RouteNote>> requests = new CompletableFuture<>();
  private int returned;

  private PingPong(int rounds) {
    this.rounds = rounds;
  }

  /** How many notes came back, once all did. */
  static CompletableFuture<Integer> start(Channel channel, RouteNote note, int rounds) {
    PingPong game = new PingPong(rounds);
    StreamObserver<RouteNote> requests = RouteGuideGrpc.newStub(channel).routeChat(game);
    game.requests.complete(requests);
    requests.onNext(note);
    return game.done;
  }

  @Override
  public void onNext(RouteNote note) {
    if (++returned == rounds) {
      requests.join().onCompleted();
    } else {
      requests.join().onNext(note);
    }
  }

  @Override
  public void onError(Throwable failure) {
    done.completeExceptionally(failure);
  }

  @Override
  public void onCompleted() {
    done.complete(returned);
  }
}
