package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.assessment.RawHttp2;
import dev.countersign.guard.AuditRecord;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.SpiffeId;
import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every call over a real connection is decided by who the peer proved to be. */
class GuardedCallsIT {
  private static final String POLICY = """
      {"name": "lab",
       "deny_rules": [
         {"name": "never-with-mark", "request": {"headers": [{"key": "x-mark", "values": ["bad*"]}]}}],
       "allow_rules": [
         {"name": "alice-all", "source": {"principals": ["spiffe://example.org/ns/demo/sa/alice"]},
          "request": {"paths": ["/grpc.health.v1.Health/*", "/lab.Echo/*"]}},
         {"name": "bob-with-token", "source": {"principals": ["spiffe://example.org/ns/demo/sa/bob"]},
          "request": {"paths": ["/lab.Echo/WhoAmI"], "headers": [{"key": "x-token", "values": ["one,two"]}]}}],
       "audit_logging_options": {"audit_condition": "ON_DENY_AND_ALLOW",
         "audit_loggers": [{"name": "lab_logger"}]}}
      """;

  private final Lab.Recorder audit = new Lab.Recorder();

  @TempDir
  private Path directory;

  private Lab lab;
  private SecureServer server;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    server = lab.start(lab.server(POLICY).auditSink(audit).service(new Echo()));
  }

  @AfterEach
  void stop() throws Exception {
    lab.close();
  }

  @Test
  void handlerReadsWhoCalls() throws Exception {
    assertThat(whoAmI(lab.channel(server, "alice")))
        .isEqualTo("spiffe://example.org/ns/demo/sa/alice");
  }

  @Test
  void deniesPeerWithoutRuleWithFixedPhrase() throws Exception {
    assertThat(whoAmI(lab.channel(server, "alice"))).isNotEmpty();

    assertThatThrownBy(() -> whoAmI(lab.channel(server, "mallory")))
        .satisfies(hasStatus(Status.PERMISSION_DENIED.withDescription("not authorized")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lab.Echo/WhoAmI",
        "lab.Echo/NoSuchMethod",
        "no.such.Service/Method",
        "grpc.health.v1.Health/Check",
        "grpc.health.v1.Health/List",
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "grpc.channelz.v1.Channelz/GetServers"
      })
  void peerWithoutRuleCannotTellKnownFromUnknownMethods(String method) throws Exception {
    assertThat(callFailure(lab.channel(server, "mallory"), method))
        .isEqualTo(Status.PERMISSION_DENIED.withDescription("not authorized").toString());
  }

  @Test
  void allowedPeerLearnsThatMethodIsUnimplemented() throws Exception {
    assertThat(callFailure(lab.channel(server, "alice"), "lab.Echo/NoSuchMethod"))
        .isEqualTo(Status.UNIMPLEMENTED.withDescription("method not found").toString());
  }

  @Test
  void decidesHealthLikeAnythingElse() throws Exception {
    HealthCheckRequest request = HealthCheckRequest.getDefaultInstance();
    assertThat(HealthGrpc.newBlockingStub(lab.channel(server, "alice"))
            .check(request)
            .getStatus())
        .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);

    HealthGrpc.HealthBlockingStub denied = HealthGrpc.newBlockingStub(lab.channel(server, "bob"));
    assertThatThrownBy(() -> denied.check(request)).satisfies(hasCode(Code.PERMISSION_DENIED));
  }

  @Test
  void repeatedHeaderIsJoinedBeforeItIsMatched() throws Exception {
    ManagedChannel channel = lab.channel(server, "bob");
    assertThat(whoAmI(withHeaders(channel, "x-token", "one", "two"))).endsWith("/bob");

    assertThatThrownBy(() -> whoAmI(withHeaders(channel, "x-token", "two", "one")))
        .satisfies(hasCode(Code.PERMISSION_DENIED));
    assertThatThrownBy(() -> whoAmI(channel)).satisfies(hasCode(Code.PERMISSION_DENIED));
  }

  @Test
  void denyRuleOnHeaderWinsOverAllowRule() throws Exception {
    ManagedChannel channel = lab.channel(server, "alice");
    assertThat(whoAmI(withHeaders(channel, "x-mark", "good"))).endsWith("/alice");

    assertThatThrownBy(() -> whoAmI(withHeaders(channel, "x-mark", "badly")))
        .satisfies(hasCode(Code.PERMISSION_DENIED));
  }

  @Test
  void recordsEachDecisionOnceWithItsRule() throws Exception {
    whoAmI(lab.channel(server, "alice"));
    callFailure(lab.channel(server, "mallory"), "no.such.Service/Method");

    assertThat(audit.records)
        .extracting(record -> List.of(
            record.rpcMethod(),
            record.principal(),
            record.policyName(),
            record.matchedRule(),
            record.authorized()))
        .containsExactly(
            List.of(
                "/lab.Echo/WhoAmI",
                "spiffe://example.org/ns/demo/sa/alice",
                "lab",
                "lab_alice-all",
                true),
            List.of(
                "/no.such.Service/Method",
                "spiffe://example.org/ns/demo/sa/mallory",
                "lab",
                "",
                false));
  }

  @Test
  void countsAndRecordsACallWithMalformedHeadersAsDenied() throws Exception {
    SecureServer watched =
        lab.start(lab.server(POLICY).auditSink(audit).admin(Lab.loopback()).service(new Echo()));
    try (RawHttp2 client = lab.raw(Lab.port(watched), "alice")) {
      assertThat(answer(client, 1, "x-note", "fine").grpcStatus()).isEqualTo("0");
      assertThat(audit.records).extracting(AuditRecord::authorized).containsExactly(true);
      assertThat(malformed(watched)).endsWith(" 0.0");

      assertThat(answer(client, 3, "x-note", "a\nb").message())
          .isEqualTo("malformed request headers");
    }

    assertThat(audit.records).hasSize(2).last().satisfies(record -> {
      assertThat(record.rpcMethod()).isEqualTo("/lab.Echo/WhoAmI");
      assertThat(record.principal()).endsWith("/alice");
      assertThat(record.matchedRule()).isEmpty();
      assertThat(record.authorized()).isFalse();
    });
    assertThat(malformed(watched)).endsWith(" 1.0");
  }

  private static RawHttp2.Answer answer(RawHttp2 client, int stream, String name, String value)
      throws Exception {
    return client
        .request(stream, "/lab.Echo/WhoAmI", name, value)
        .message(stream, new byte[0])
        .send()
        .answer(stream);
  }

  private static String malformed(SecureServer watched) throws Exception {
    return Admin.get(watched, "/metrics")
        .lines()
        .filter(line -> line.startsWith("countersign_guard_decisions_total")
            && line.contains("result=\"malformed\""))
        .findFirst()
        .orElse("");
  }

  @Test
  void endsCallOfPeerThatSpeaksForAnother() throws Exception {
    ManagedChannel channel = lab.channel(server, "alice");
    assertThat(call(channel, "lab.Echo/SpeakFor", "spiffe://example.org/ns/demo/sa/alice"))
        .isEqualTo("heard");

    assertThatThrownBy(
            () -> call(channel, "lab.Echo/SpeakFor", "spiffe://example.org/ns/demo/sa/bob"))
        .satisfies(hasStatus(Status.PERMISSION_DENIED.withDescription("not for this peer")));
  }

  @Test
  void handlerFailureTellsThePeerNothing() throws Exception {
    assertThatThrownBy(
            () -> call(lab.channel(server, "alice"), "lab.Echo/SpeakFor", "not an identity"))
        .satisfies(failure -> assertThat(failure.getMessage())
            .startsWith("UNKNOWN")
            .doesNotContain("not an identity"));
  }

  @Test
  void newPolicyDecidesCallsOfOpenConnections() throws Exception {
    ReplaceablePolicy source = new ReplaceablePolicy(Lab.policy(POLICY
        .replace("lab_logger", "stdout")
        .replace("\"audit_loggers\": [{\"name\": \"stdout\"}]", "\"audit_loggers\": []")));
    SecureServer other =
        lab.start(lab.server(POLICY).auditSink(audit).guardedBy(source).service(new Echo()));
    ManagedChannel channel = lab.channel(other, "alice");
    assertThat(whoAmI(channel)).endsWith("/alice");

    source.replace(Lab.policy("""
        {"name": "other", "allow_rules": [{"name": "nobody", "source": {"principals": ["x"]}}]}
        """));

    assertThatThrownBy(() -> whoAmI(channel)).satisfies(hasCode(Code.PERMISSION_DENIED));
  }

  @Test
  void refusesClientOfAnotherAuthority() throws Exception {
    assertThat(whoAmI(lab.channel(server, "alice"))).endsWith("/alice");
    Path stranger = directory.resolve("stranger");
    try (Lab elsewhere = new Lab(directory.resolve("elsewhere"))) {
      elsewhere
          .forge()
          .leaf()
          .spiffe("spiffe://example.org/ns/demo/sa/alice")
          .clientAndServer()
          .issuedBy(elsewhere.issuing())
          .writeTo(stranger);
      // The stranger believes our authority, so that only the server's refusal can end the call.
      java.nio.file.Files.write(
          stranger.resolve("ca.crt"),
          (java.nio.file.Files.readString(stranger.resolve("ca.crt"))
                  + java.nio.file.Files.readString(lab.identity("alice").resolve("ca.crt")))
              .getBytes(StandardCharsets.UTF_8));

      assertThatThrownBy(() -> whoAmI(lab.channel(server, stranger)))
          .satisfies(hasCode(Code.UNAVAILABLE));
    }
  }

  private static String whoAmI(Channel channel) {
    return call(channel, "lab.Echo/WhoAmI", "");
  }

  private static String call(Channel channel, String method, String request) {
    return ClientCalls.blockingUnaryCall(
        channel, Echo.method(method), CallOptions.DEFAULT, request);
  }

  private static String callFailure(Channel channel, String method) {
    return org.assertj.core.api.Assertions.catchThrowableOfType(
            StatusRuntimeException.class, () -> call(channel, method, ""))
        .getStatus()
        .toString();
  }

  private static Channel withHeaders(Channel channel, String key, String... values) {
    Metadata headers = new Metadata();
    for (String value : values) {
      headers.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value);
    }
    return io.grpc.ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static org.assertj.core.api.ThrowingConsumer<Throwable> hasCode(Code code) {
    return failure -> assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(code);
  }

  private static org.assertj.core.api.ThrowingConsumer<Throwable> hasStatus(Status status) {
    return failure ->
        assertThat(Status.fromThrowable(failure).toString()).isEqualTo(status.toString());
  }

  /** Text in, text out. */
  static final class Echo implements BindableService {
    static MethodDescriptor<String, String> method(String name) {
      return MethodDescriptor.newBuilder(Text.ONLY, Text.ONLY)
          .setType(MethodType.UNARY)
          .setFullMethodName(name)
          .build();
    }

    @Override
    public ServerServiceDefinition bindService() {
      return ServerServiceDefinition.builder("lab.Echo")
          .addMethod(method("lab.Echo/WhoAmI"), ServerCalls.asyncUnaryCall((request, responses) -> {
            responses.onNext(PeerIdentity.current().primary().name());
            responses.onCompleted();
          }))
          .addMethod(
              method("lab.Echo/SpeakFor"), ServerCalls.asyncUnaryCall((request, responses) -> {
                PeerIdentity.current().require(SpiffeId.parse(request));
                responses.onNext("heard");
                responses.onCompleted();
              }))
          .build();
    }

    private enum Text implements MethodDescriptor.Marshaller<String> {
      ONLY;

      @Override
      public java.io.InputStream stream(String value) {
        return new java.io.ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
      }

      @Override
      public String parse(java.io.InputStream stream) {
        return new java.util.Scanner(stream, StandardCharsets.UTF_8)
            .useDelimiter("\\A")
            .tokens()
            .findFirst()
            .orElse("");
      }
    }
  }
}
