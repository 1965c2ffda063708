package dev.countersign.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.alts.internal.HandshakeProtocol;
import io.grpc.alts.internal.HandshakerReq;
import io.grpc.alts.internal.HandshakerResp;
import io.grpc.alts.internal.HandshakerServiceGrpc;
import io.grpc.alts.internal.NextHandshakeMessageReq;
import io.grpc.alts.internal.RpcProtocolVersions;
import io.grpc.alts.internal.StartClientHandshakeReq;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.ClientCalls;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code emulate-gce} hands out the keys of ALTS connections, and {@code serve} and {@code call} use them: at the loudest,
 * none of the three writes one down.
 */
@Timeout(300)
final class AltsSecretsIT {
  private static final String SERVER = "server@demo.iam.gserviceaccount.com";
  private static final String CLIENT = "client@demo.iam.gserviceaccount.com";
  private static final String ADDRESS = "\"(127\\.0\\.0\\.\\d:\\d+)\"";
  private static final Pattern EMULATOR_READY = Pattern.compile("\\{\"workloads\":\\{\"" + SERVER
      + "\":" + ADDRESS + ",\"" + CLIENT + "\":" + ADDRESS + "},.*\n");
  private static final Pattern SERVER_READY = Pattern.compile(
      "\\{\"listeners\":\\[\\{\"transport\":\"alts\",\"address\":" + ADDRESS + "}],.*\n");
  private static final int KEY_BYTES = 44;

  @TempDir
  private Path directory;

  @Test
  void nobodyWritesASessionKeyDown() throws Exception {
    Path policy = Files.writeString(directory.resolve("policy.json"), """
        {"name": "alts", "allow_rules": [{"name": "account", "source": {"principals": ["%s"]}}]}
        """.formatted(CLIENT));
    KeySearch secrets = new KeySearch();
    try (ServeProcess emulator = start(
        "emulator",
        "emulate-gce",
        "--workload=" + SERVER + "=127.0.0.2:0",
        "--workload=" + CLIENT + "=127.0.0.3:0",
        "--metadata=127.0.0.1:0")) {
      Matcher handshakers = emulator.ready(EMULATOR_READY);
      try (ServeProcess server = start(
          "server",
          "serve",
          "--listen=alts=127.0.0.1:0",
          "--admin=127.0.0.1:0",
          "--insecure-alts-emulator=" + handshakers.group(1),
          "--policy=" + policy)) {
        String target = server.ready(SERVER_READY).group(1);
        for (int i = 0; i < 3; i++) {
          byte[] key = agreeWith(target, handshakers.group(2));
          assertThat(key).hasSize(KEY_BYTES);
          secrets.add(key);
        }
        try (ServeProcess client = start(
            "client",
            "call",
            "--target=alts=" + target,
            "--insecure-alts-emulator=" + handshakers.group(2),
            "--expect-server=" + SERVER,
            "--json={}",
            "grpc.health.v1.Health/Check")) {
          assertThat(client.exitCode()).as(client.err()).isZero();
        }
        server.terminate();
        assertThat(server.exitCode()).isEqualTo(143);
      }
      emulator.terminate();
      assertThat(emulator.exitCode()).isEqualTo(143);
    }
    assertThat(secrets.below(directory, List.of())).isEmpty();
    for (String name : List.of("emulator", "server", "client")) {
      Path log = directory.resolve(name).resolve("everything.log");
      assertThat(Files.size(log)).as(name).isGreaterThan(1_000);
      // The key of the call itself is not known here; what would hold it are these.
      assertThat(Files.readString(log)).as(name).doesNotContain("OUTBOUND DATA", "INBOUND DATA");
    }
  }

  private ServeProcess start(String name, String... command) throws Exception {
    Path run = Files.createDirectories(directory.resolve(name));
    List<String> words = new ArrayList<>(List.of(command));
    if (!command[0].equals("call")) {
      words.add("--ready-file=" + ServeProcess.readyFile(run));
    }
    return ServeProcess.start(
        run,
        LoudMain.words(
            Files.createDirectories(directory.resolve("tmp")),
            run.resolve("everything.log"),
            words));
  }

  /** Shakes hands with a server as the client that a handshaker stands for: the key that both have then. */
  private static byte[] agreeWith(String target, String handshaker) throws Exception {
    ManagedChannel channel = Grpc.newChannelBuilder(
            "dns:///" + handshaker, InsecureChannelCredentials.create())
        .build();
    int colon = target.lastIndexOf(':');
    try (Socket socket = new Socket(
        InetAddress.getByName(target.substring(0, colon)),
        Integer.parseInt(target.substring(colon + 1)))) {
      socket.setSoTimeout(60_000);
      BlockingClientCall<HandshakerReq, HandshakerResp> questions =
          ClientCalls.blockingBidiStreamingCall(
              channel, HandshakerServiceGrpc.getDoHandshakeMethod(), io.grpc.CallOptions.DEFAULT);
      questions.write(HandshakerReq.newBuilder().setClientStart(start()).build());
      HandshakerResp answer = requireNonNull(questions.read());
      byte[] chunk = new byte[1 << 14];
      while (true) {
        socket.getOutputStream().write(answer.getOutFrames().toByteArray());
        if (answer.hasResult()) {
          // The server has finished, and said what HTTP/2 says first, when this comes.
          assertThat(socket.getInputStream().read(chunk)).isPositive();
          return answer.getResult().getKeyData().toByteArray();
        }
        int count = socket.getInputStream().read(chunk);
        assertThat(count).isPositive();
        questions.write(HandshakerReq.newBuilder()
            .setNext(NextHandshakeMessageReq.newBuilder()
                .setInBytes(ByteString.copyFrom(chunk, 0, count)))
            .build());
        answer = requireNonNull(questions.read());
      }
    } finally {
      channel.shutdownNow();
    }
  }

  private static StartClientHandshakeReq start() {
    RpcProtocolVersions.Version version =
        RpcProtocolVersions.Version.newBuilder().setMajor(2).setMinor(1).build();
    return StartClientHandshakeReq.newBuilder()
        .setHandshakeSecurityProtocol(HandshakeProtocol.ALTS)
        .addApplicationProtocols("grpc")
        .addRecordProtocols("ALTSRP_GCM_AES128_REKEY")
        .setRpcVersions(
            RpcProtocolVersions.newBuilder().setMaxRpcVersion(version).setMinRpcVersion(version))
        .setMaxFrameSize(16 << 10)
        .build();
  }
}
