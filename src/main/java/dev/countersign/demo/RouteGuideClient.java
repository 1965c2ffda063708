package dev.countersign.demo;

import io.grpc.Channel;
import java.time.Duration;

/**
 * The route guide as a client calls it, in each of gRPC's three styles. Every call has a deadline and the channel says
 * who the server must be. Immutable and safe for use by many threads; the channel stays the caller's to close.
 *
 * @param channel where the calls go
 * @param deadline how long any one call may take
 */
public record RouteGuideClient(Channel channel, Duration deadline) {

  /** Calls that return when they are done. */
  public BlockingRouteGuide blocking() {
    return new BlockingRouteGuide(channel, deadline);
  }

  /** Calls that tell an observer what arrives, as it arrives. */
  public AsyncRouteGuide async() {
    return new AsyncRouteGuide(channel, deadline);
  }

  /** Calls that promise their result; cancelling the promise cancels the call. */
  public FutureRouteGuide futures() {
    return new FutureRouteGuide(channel, deadline);
  }
}
