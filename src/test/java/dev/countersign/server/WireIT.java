package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.ClientIdentity;
import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TlsOptions;
import dev.countersign.credentials.Transport;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody on the wire reads of a call: every byte is kept on its way and searched. */
final class WireIT {
  private static final String PAYLOAD = "the payload that nobody else may read";
  private static final String HEADER = "x-canary-name";
  private static final String VALUE = "the value that nobody else may read";
  private static final String ID = "spiffe://example.org/ns/demo/sa/";
  private static final String POLICY = """
      {"name": "wire", "allow_rules": [{"name": "alice", "source": {"principals":
        ["spiffe://example.org/ns/demo/sa/alice", "alice@demo.iam.gserviceaccount.com"]}}]}
      """;

  @TempDir
  private Path directory;

  private Lab lab;

  @BeforeEach
  void start() {
    lab = new Lab(directory);
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  @Test
  void nothingOfACallOverMutualTlsIsReadable() throws Exception {
    SecureServer server = lab.start(lab.server(POLICY).service(new TextService()));
    try (RecordingProxy wire = new RecordingProxy(Lab.port(server))) {
      ManagedChannel channel = SecureChannel.to(
              wire.target(), Transport.mutualTls(lab.material(lab.identity("alice"), Role.CLIENT)))
          .expecting(Lab.SERVER)
          .build();
      say(channel);
      channel.shutdownNow();

      assertThat(wire.toServer().length).isGreaterThan(1_000);
      assertThat(wire.toClient().length).isGreaterThan(1_000);
      assertThat(readable(wire.toServer())).isEmpty();
      assertThat(readable(wire.toClient())).isEmpty();
    }
  }

  @Test
  void nothingOfACallOverAltsIsReadable() throws Exception {
    try (AltsLab alts = new AltsLab()) {
      SecureServer server = lab.start(SecureServer.builder()
          .listen(Lab.loopback(), alts.transport(AltsLab.SERVER))
          .guardedBy(Lab.policy(POLICY))
          .service(new TextService()));
      try (RecordingProxy wire = new RecordingProxy(Lab.port(server))) {
        ManagedChannel channel = SecureChannel.to(wire.target(), alts.transport(AltsLab.ALICE))
            .expecting(AltsLab.SERVER)
            .build();
        say(channel);
        channel.shutdownNow();

        // What is sent to agree on a key is the handshaker's affair: two frames, and one back.
        byte[] toServer = afterFrames(wire.toServer(), 2);
        byte[] toClient = afterFrames(wire.toClient(), 1);
        assertThat(toServer.length).isGreaterThan(100);
        assertThat(toClient.length).isGreaterThan(100);
        assertThat(readable(toServer)).isEmpty();
        assertThat(readable(toClient)).isEmpty();
        assertThat(readable(wire.toServer())).containsExactly("account of alice");
      }
    }
  }

  @Test
  void theSameSearchReadsACallInTheClear() throws Exception {
    Server plain = NettyServerBuilder.forAddress(Lab.loopback(), InsecureServerCredentials.create())
        .addService(new TextService())
        .build()
        .start();
    try (RecordingProxy wire = new RecordingProxy(plain.getPort())) {
      ManagedChannel channel = Grpc.newChannelBuilder(
              wire.target(), InsecureChannelCredentials.create())
          .build();
      say(channel);
      channel.shutdownNow();

      assertThat(readable(wire.toServer()))
          .containsExactly("payload", "header's name", "header's value", "method");
      assertThat(readable(wire.toClient())).containsExactly("payload");
    } finally {
      plain.shutdownNow();
    }
  }

  @Test
  void theSameSearchReadsWhoSpeaksOverTls12() throws Exception {
    TlsOptions older = new TlsOptions(TlsOptions.Version.TLS_1_2, TlsOptions.Provider.BORINGSSL);
    SecureServer server = lab.start(SecureServer.builder()
        .listen(
            Lab.loopback(),
            Transport.mutualTls(lab.material(lab.identity("server"), Role.SERVER), older))
        .guardedBy(Lab.policy(POLICY))
        .service(new TextService()));
    Path alice = lab.identity("alice");
    try (RecordingProxy wire = new RecordingProxy(Lab.port(server))) {
      ManagedChannel channel = NettyChannelBuilder.forTarget(wire.target())
          .sslContext(GrpcSslContexts.forClient()
              .protocols("TLSv1.2")
              .keyManager(
                  alice.resolve("tls.crt").toFile(), alice.resolve("tls.key").toFile())
              .trustManager(InsecureTrustManagerFactory.INSTANCE)
              .build())
          .build();
      say(channel);
      channel.shutdownNow();

      assertThat(readable(wire.toServer())).containsExactly("id of alice", "certificate of alice");
      assertThat(readable(wire.toClient()))
          .containsExactly("id of server", "certificate of server");
    }
  }

  private static void say(Channel channel) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(HEADER, Metadata.ASCII_STRING_MARSHALLER), VALUE);
    Channel withHeader =
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    assertThat(TextService.say(withHeader, PAYLOAD)).isEqualTo(PAYLOAD);
  }

  /** Which of the things that concern nobody stand in these bytes as they are. */
  private List<String> readable(byte[] bytes) throws Exception {
    Map<String, byte[]> concernNobody = new LinkedHashMap<>();
    concernNobody.put("payload", text(PAYLOAD));
    concernNobody.put("header's name", text(HEADER));
    concernNobody.put("header's value", text(VALUE));
    concernNobody.put("method", text(TextService.SAY));
    concernNobody.put("account of alice", text(AltsLab.ALICE.name()));
    for (String name : List.of("alice", "server")) {
      concernNobody.put("id of " + name, text(ID + name));
      byte[] der = ClientIdentity.in(lab.identity(name)).chain().get(0).getEncoded();
      // From the middle, where its key is: what comes first is alike in all.
      concernNobody.put(
          "certificate of " + name, Arrays.copyOfRange(der, der.length / 2, der.length / 2 + 32));
    }
    String all = new String(bytes, StandardCharsets.ISO_8859_1);
    List<String> found = new ArrayList<>();
    concernNobody.forEach((what, part) -> {
      if (all.contains(new String(part, StandardCharsets.ISO_8859_1))) {
        found.add(what);
      }
    });
    return found;
  }

  private static byte[] afterFrames(byte[] bytes, int frames) {
    ByteBuffer rest = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < frames; i++) {
      int length = rest.getInt();
      rest.position(rest.position() + length);
    }
    return Arrays.copyOfRange(bytes, rest.position(), bytes.length);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
