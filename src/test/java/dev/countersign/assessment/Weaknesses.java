package dev.countersign.assessment;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import dev.countersign.assessment.HandshakeRules.Rule;
import dev.countersign.assessment.NaiveCall.Reply;
import io.grpc.netty.NettyServerBuilder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** For each check, a server that is wrong in just the way that it looks for. */
final class Weaknesses {
  private static final String ID = WeakServers.OPERATOR;

  private final Map<String, Weakness> byCheck = new LinkedHashMap<>();

  /**
   * A server that is wrong in one way, and what its check must say of it.
   *
   * @param server starts it
   * @param finding the essential part of the finding: by it a check has found this weakness and nothing else
   */
  record Weakness(WeakTarget server, String finding) {}

  /** Starts a server. */
  @FunctionalInterface
  interface WeakTarget {
    Target start(WeakServers servers) throws Exception;
  }

  /** The same where only the address is of interest. */
  @FunctionalInterface
  interface WeakServer {
    InetSocketAddress start(WeakServers servers) throws Exception;
  }

  private void put(String check, String finding, WeakServer weak) {
    byCheck.put(check, overTls(finding, weak));
  }

  static Weakness overTls(String finding, WeakServer weak) {
    return new Weakness(servers -> servers.target(weak.start(servers)), finding);
  }

  private Weaknesses() {
    transport();
    WeakTrust.addTo(byCheck);
    serverNames();
    authorization();
    spoofing();
    leaks();
    Abused.addTo(byCheck);
    WeakAlts.addTo(byCheck);
  }

  static Map<String, Weakness> byCheck() {
    return new Weaknesses().byCheck;
  }

  private void transport() {
    String clear = "the target answers in the clear: ";
    put(
        "plaintext-http2",
        clear + "\"\\u0000\\u0000\\u0000\\u0004",
        s -> s.behind(answering("PRI", "\0\0\0\4\0\0\0\0\0")));
    put(
        "plaintext-http1",
        clear + "\"HTTP/1.1 200 OK",
        s -> s.behind(answering("GET", "HTTP/1.1 200 OK\r\n\r\n")));
    put(
        "foreign-banner",
        clear + "\"SSH-2.0-OpenSSH_9.2",
        s -> s.behind(answering("SSH", "SSH-2.0-OpenSSH_9.2\r\n")));
    old("ssl-3", "version 3.0 and cipher suite 0xc00a");
    old("tls-1-0", "version 3.1 and cipher suite 0xc00a");
    old("tls-1-1", "version 3.2 and cipher suite 0xc00a");
    old("tls-1-2-cbc", "version 3.3 and cipher suite 0xc00a");
    old("tls-1-2-rsa-key-exchange", "version 3.3 and cipher suite 0x009c");
    old("tls-1-2-broken-suites", "version 3.3 and cipher suite 0xc006");
    tolerating("alpn-missing", List::isEmpty);
    tolerating("alpn-http1", List.of("http/1.1")::equals);
    tolerating("alpn-lookalikes", offered -> offered.contains("H2"));
    tolerating("alpn-many", offered -> offered.size() > 100);
    without("handshake-of-16-mib", "the connection is still open after", Rule.MESSAGE_SIZE);
    without("handshake-in-crumbs", "the connection is still open after", Rule.RECORDS_OF_A_MESSAGE);
    without("empty-records", "the connection is still open after", Rule.EMPTY_RECORD);
    without("record-of-bad-length", "the connection is still open after", Rule.RECORD_KIND);
    without("slow-handshake", "a silent connection is still open after", Rule.TIME_OF_HELLO);
    without("slow-certificate", "still waits for the certificate after", Rule.TIME_OF_CERTIFICATE);
    put(
        "key-updates",
        "300 key updates were taken without an end of the connection",
        s -> s.naive(weak -> weak.unbounded = Set.of()));
  }

  private void old(String check, String chosen) {
    put(check, "the server chose " + chosen, s -> OldTls.start(s, check));
  }

  private void tolerating(String check, Predicate<List<String>> protocols) {
    put(
        check,
        "HTTP/2 was spoken although nobody had agreed on it (gRPC status 0)",
        s -> s.naive(weak -> weak.tolerates = protocols));
  }

  private void without(String check, String finding, Rule rule) {
    byCheck.put(
        check,
        new Weakness(
            servers -> servers
                .target(servers.behind(HandshakeRules.allBut(rule)))
                .handshakePatience(HandshakeRules.PATIENCE),
            finding));
  }

  private static Front.Reception answering(String beginning, String answer) {
    return Front.answering(
        first -> new String(first, StandardCharsets.ISO_8859_1).startsWith(beginning)
            ? Optional.of(answer.getBytes(StandardCharsets.ISO_8859_1))
            : Optional.empty());
  }

  private void serverNames() {
    put(
        "server-name-tricks",
        "server name \"admin\" lets others in",
        s -> s.deciding(
            call -> call.serverName().equals("admin") ? Reply.OK : WeakServers.right(call)));
    put(
        "server-name-oddities",
        "server name \"127.0.0.1\" lets others in",
        s -> s.deciding(
            call -> call.serverName().equals("127.0.0.1") ? Reply.OK : WeakServers.right(call)));
  }

  static InetSocketAddress plain(WeakServers servers) throws Exception {
    return plain(servers, builder -> {}, Oversight.NONE);
  }

  static InetSocketAddress plain(
      WeakServers servers, Consumer<NettyServerBuilder> settings, Oversight oversight)
      throws Exception {
    return servers
        .keep(new PlainServer(
            servers.identity("server"),
            new ForgivingTrust(servers.material(), oversight),
            leaf -> Names.uris(leaf).equals(List.of(ID)),
            settings))
        .address();
  }

  private void authorization() {
    put(
        "denied-identity",
        "an identity without a rule called the method (gRPC status 0)",
        s -> s.deciding(call -> Reply.OK));
    put("decided-after-message", "nothing is decided until a message comes", WeakServers::naive);
    put(
        "unknown-methods",
        "the method: gRPC status 7; an unknown method: gRPC status 12 \"Method not found: ",
        s -> plain(s));
    open("open-health", "/grpc.health.v1.Health/");
    open("open-reflection", "/grpc.reflection.v1");
    open("open-channelz", "/grpc.channelz.v1.Channelz/");
    open("open-status-discovery", "/envoy.service.status.v3.");
    routing("path-without-slash", path -> path.startsWith("/") ? path : "/" + path);
    routing("path-with-more-slashes", path -> path.replaceAll("/+", "/"));
    routing(
        "path-in-other-case",
        path -> path.equalsIgnoreCase(WeakServers.PATH) ? WeakServers.PATH : path);
    routing(
        "path-percent-encoded", path -> java.net.URLDecoder.decode(path, StandardCharsets.UTF_8));
    routing(
        "path-by-detour",
        path -> path.replace('\\', '/').replaceAll("/\\.(?=/)|/[^/]+/\\.\\.(?=/)", ""));
    routing("path-with-more-behind", path -> path.split("[?#;\0\n ]", -1)[0]);
    routing("path-in-absolute-form", path -> path.replaceFirst("^https://[^/]+", ""));
    put(
        "ambiguous-request",
        "an ambiguous request reached the method: gRPC status 0",
        s -> s.deciding(call -> call.first(":path").equals(WeakServers.PATH)
            ? WeakServers.right(call)
            : Reply.of(call.last(":path").equals(WeakServers.PATH))));
    put(
        "other-http-methods",
        "GET reached the method: gRPC status 0",
        s -> s.deciding(
            call -> call.first(":method").equals("POST") ? WeakServers.right(call) : Reply.OK));
    put(
        "broken-requests",
        "a broken request for the method: gRPC status 13 \"unknown encoding\"; the same for an unknown one: gRPC"
            + " status 12",
        s -> s.deciding(call -> call.first("grpc-encoding").isEmpty()
            ? WeakServers.right(call)
            : call.path().equals(WeakServers.PATH)
                ? Reply.status(13, "unknown encoding")
                : Reply.status(12, "method not found")));
    put("malformed-headers", "WARNING forged line\" was answered", s -> plain(s));
  }

  private void open(String check, String prefix) {
    put(
        check,
        prefix,
        s -> s.deciding(
            call -> call.path().startsWith(prefix) && !call.path().equals(WeakServers.PATH)
                ? Reply.OK
                : WeakServers.right(call)));
  }

  /** Denies what is not allowed by the path as it came, and routes by another reading of it. */
  private void routing(String check, UnaryOperator<String> reading) {
    put(
        check,
        " reached the method (gRPC status 0)",
        s -> s.deciding(call -> call.path().equals(WeakServers.PATH)
            ? WeakServers.right(call)
            : Reply.of(reading.apply(call.path()).equals(WeakServers.PATH))));
  }

  private void spoofing() {
    believing("spoofed-certificate-header", "x-forwarded-client-cert");
    believing("spoofed-mesh-header", "l5d-client-id");
    believing("spoofed-user-header", "x-user");
    believing("spoofed-address-header", "x-forwarded-for");
    believing("spoofed-authorization", "authorization");
    believing("method-override", "x-original-url");
    put(
        "spoofed-authority",
        "authority \"localhost\" was let through",
        s -> s.deciding(call ->
            call.first(":authority").equals("localhost") ? Reply.OK : WeakServers.right(call)));
    put(
        "long-authority",
        "aaaaaaaa\" was let through",
        s -> s.deciding(
            call -> call.first(":authority").length() > 4096 ? Reply.OK : WeakServers.right(call)));
    put(
        "two-hosts",
        "authority \"lab\" with Host lab and localhost was let through",
        s -> s.deciding(
            call -> call.last("host").equals("localhost") ? Reply.OK : WeakServers.right(call)));
  }

  private void believing(String check, String header) {
    put(
        check,
        "the claim was believed (gRPC status 0)",
        s -> s.deciding(call -> call.first(header).isEmpty() ? WeakServers.right(call) : Reply.OK));
  }

  private void leaks() {
    put(
        "authority-names",
        "these authorities are named to anybody: OU=server,O=example.org; CN=issuing",
        s -> s.naive(Oversight.NONE, ClientIdentity.in(s.identity("server")).chain(), weak -> {}));
    put(
        "denial-tells",
        "it names an identity: ",
        s -> s.deciding(call -> WeakServers.isOperator(call)
            ? Reply.OK
            : Reply.status(7, Names.first(call.chain().get(0)) + " is not " + ID)));
    put(
        "malformed-message-tells",
        "it tells of the inside, \"com.google.protobuf.InvalidProtocolBufferException\"",
        s -> s.deciding(call -> call.body().size() == 5
            ? WeakServers.right(call)
            : Reply.status(13, parse(call.body().substring(5)))));
    put("unknown-path-echoed", "it repeats the request: ", s -> plain(s));
    put(
        "bad-request-tells",
        "it tells of the inside, \"BadContentTypeException: \"",
        s -> s.deciding(call -> call.first("content-type").equals("application/grpc")
            ? WeakServers.right(call)
            : new Reply("415", "13", "lab.BadContentTypeException: text/html")));
    put(
        "goodbye-tells",
        "the last words are \"java.lang.IllegalStateException: stream 0\"",
        s -> s.naive(weak -> weak.goodbye = "java.lang.IllegalStateException: stream 0"));
  }

  private static String parse(ByteString message) {
    Throwable broken =
        org.assertj.core.api.Assertions.catchThrowable(() -> Empty.parseFrom(message));
    return String.valueOf(broken);
  }
}
