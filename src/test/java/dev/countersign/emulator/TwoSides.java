package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.identity.ServiceAccount;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A client's and a server's handshake in memory, with a wire between them that can be tampered with. */
final class TwoSides {
  static final ServiceAccount CLIENT = ServiceAccount.parse("client@demo.iam.gserviceaccount.com");
  static final ServiceAccount SERVER = ServiceAccount.parse("server@demo.iam.gserviceaccount.com");

  private final ClientHandshake client;
  private final ServerHandshake server;

  private TwoSides(ClientHandshake client, ServerHandshake server) {
    this.client = client;
    this.server = server;
  }

  /** What both sides have at the end. */
  record Ended(@Nullable Outcome client, @Nullable Outcome server) {}

  static Offer offer(String... targets) {
    return new Offer(
        List.of("grpc"),
        List.of(Agreement.RECORD_PROTOCOL),
        RpcVersions.USUAL,
        128 * 1024,
        List.of(targets));
  }

  static TwoSides with(Offer client, Offer server) {
    Secret secret = Secret.fresh();
    return with(secret, client, secret, server);
  }

  static TwoSides with(Secret clientSecret, Offer client, Secret serverSecret, Offer server) {
    return new TwoSides(
        new ClientHandshake(CLIENT, clientSecret, client),
        new ServerHandshake(SERVER, serverSecret, server));
  }

  ClientHandshake client() {
    return client;
  }

  ServerHandshake server() {
    return server;
  }

  Ended shake() throws HandshakeRefused {
    return shake(hello -> hello, answer -> answer, finished -> finished);
  }

  Ended shake(
      UnaryOperator<ByteString> onHello,
      UnaryOperator<ByteString> onAnswer,
      UnaryOperator<ByteString> onFinished)
      throws HandshakeRefused {
    ByteString hello = client.start().outFrames();
    ByteString answer = server.next(onHello.apply(hello)).outFrames();
    Step finished = client.next(onAnswer.apply(answer));
    Step last = server.next(onFinished.apply(finished.outFrames()));
    return new Ended(finished.outcome(), last.outcome());
  }
}
