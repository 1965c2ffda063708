import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.util.concurrent.TimeUnit;

/** Calls the route guide as any TLS client would: it trusts the server's authority and shows no certificate. */
final class NoCertificate {
  public static void main(String[] args) throws Exception {
    ManagedChannel channel = Grpc.newChannelBuilder(
            args[0], TlsChannelCredentials.newBuilder().trustManager(new File(args[1])).build())
        .overrideAuthority("localhost")
        .build();
    try {
      Feature feature = RouteGuideGrpc.newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .getFeature(Point.getDefaultInstance());
      System.out.println("answered: " + feature);
    } catch (StatusRuntimeException e) {
      System.err.println("{\"status\":\"" + e.getStatus().getCode() + "\"}");
      System.exit(1);
    } finally {
      channel.shutdownNow();
    }
  }
}
