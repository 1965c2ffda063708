package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.credentials.Transport;
import dev.countersign.emulator.Fault;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.server.HostileHandshaker.Spoil;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A handshaker that misbehaves, on our server's side or on our client's: no call comes through over a new connection,
 * those over a connection that was made before go on, and all is well when it is healed.
 */
@Timeout(120)
final class AltsFaultIT {
  private static final List<String> FAULTS = List.of(
      "refuse", "cut", "short-key", "version-mismatch", "tampered-frame", "oversized-frame");

  private final TextService service = new TextService();

  @TempDir
  private Path directory;

  private AltsLab alts;
  private Lab lab;
  private HostileHandshaker hostile;
  private Transport alice;
  private SecureServer server;
  private ManagedChannel before;

  @BeforeEach
  void start() throws Exception {
    alts = new AltsLab();
    lab = new Lab(directory);
    hostile = new HostileHandshaker(alts.emulator().address(AltsLab.SERVER).toString());
    Transport transport =
        Transport.altsThroughEmulatorInsecurely(hostile.address(), alts.machine());
    alice = alts.transport(AltsLab.ALICE);
    server = lab.start(SecureServer.builder()
        .listen(Lab.loopback(), transport)
        .guardedBy(Lab.policy(TextService.POLICY.replace(
            "spiffe://example.org/ns/demo/sa/alice", AltsLab.ALICE.name())))
        .service(service));
    before = channel();
    assertThat(TextService.say(before, "before")).isEqualTo("before");
    assertThat(TextService.say(channel(), "new")).isEqualTo("new");
    service.headers.clear();
  }

  @AfterEach
  void stop() {
    lab.close();
    hostile.close();
    alts.close();
  }

  static Stream<Arguments> faults() {
    return FAULTS.stream()
        .flatMap(fault ->
            Stream.of(AltsLab.SERVER, AltsLab.ALICE).map(side -> Arguments.of(fault, side)));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void noCallComesThroughAFaultyHandshake(String fault, ServiceAccount side) {
    alts.emulator().inject(side, Fault.parse(fault));
    refused();

    alts.emulator().heal();
    served();
  }

  @ParameterizedTest
  @EnumSource(value = Spoil.class, mode = EnumSource.Mode.EXCLUDE, names = "NOTHING")
  void noCallComesThroughWhereAnswersAreSpoiled(Spoil how) {
    hostile.spoil(how);
    refused();

    hostile.spoil(Spoil.NOTHING);
    served();
  }

  private void refused() {
    ManagedChannel channel = channel();
    Throwable failure = catchThrowable(() -> TextService.say(channel, "through"));

    // A record that is not authentic is unknown to the client.
    assertThat(Status.fromThrowable(failure).getCode())
        .as("%s", failure)
        .isIn(Code.UNAVAILABLE, Code.UNKNOWN);
    assertThat(service.headers).isEmpty();
    assertThat(TextService.say(before, "goes on")).isEqualTo("goes on");
    service.headers.clear();
  }

  private void served() {
    assertThat(TextService.say(channel(), "healed")).isEqualTo("healed");
    assertThat(service.headers).hasSize(1);
  }

  private ManagedChannel channel() {
    return alts.channel(server.addresses().get(0), alice, AltsLab.SERVER);
  }
}
