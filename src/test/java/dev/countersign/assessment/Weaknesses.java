package dev.countersign.assessment;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import dev.countersign.assessment.HandshakeRules.Rule;
import dev.countersign.assessment.NaiveCall.Reply;
import dev.countersign.credentials.PeerRefusedException.Reason;
import io.grpc.netty.NettyServerBuilder;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** For each check, a server that is wrong in just the way that it looks for. */
final class Weaknesses {
  private static final String ID = WeakServers.OPERATOR;
  private static final String CALLED = "the method was called with it (gRPC status 0)";
  private static final String ANSWERED = "the call was answered (gRPC status 0)";

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
    certificates();
    names();
    lifecycle();
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
    for (String name : List.of("alpn-missing", "alpn-http1", "alpn-lookalikes", "alpn-many")) {
      put(
          name,
          "HTTP/2 was spoken although nobody had agreed on it (gRPC status 0)",
          WeakServers::forgiving);
    }
    without("handshake-of-16-mib", "the connection is still open after", Rule.MESSAGE_SIZE);
    without("handshake-in-crumbs", "the connection is still open after", Rule.RECORDS_OF_A_MESSAGE);
    without("empty-records", "the connection is still open after", Rule.EMPTY_RECORD);
    without("record-of-bad-length", "the connection is still open after", Rule.RECORD_KIND);
    without("slow-handshake", "a silent connection is still open after", Rule.TIME_OF_HELLO);
    without("slow-certificate", "still waits for the certificate after", Rule.TIME_OF_CERTIFICATE);
    put(
        "key-updates",
        "300 key updates were taken without an end of the connection",
        WeakServers::forgiving);
  }

  private void old(String check, String chosen) {
    put(check, "the server chose " + chosen, s -> OldTls.start(s, check));
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

  private void certificates() {
    put(
        "no-certificate",
        "a nameless client called the method",
        s -> s.naive(Set.of(), weak -> {
          weak.certificateOptional = true;
          weak.answer = call -> call.chain().isEmpty() ? Reply.OK : WeakServers.right(call);
        }));
    forgiving("self-signed", Reason.UNTRUSTED_ISSUER);
    forgiving("unknown-authority", Reason.UNTRUSTED_ISSUER);
    forgiving("twin-authority", Reason.UNTRUSTED_ISSUER, Reason.BAD_SIGNATURE);
    forgiving("broken-signature", Reason.BAD_SIGNATURE, Reason.UNTRUSTED_ISSUER);
    forgiving("issued-by-leaf", Reason.NOT_AN_AUTHORITY);
    put(
        "foreign-trust-domain",
        CALLED,
        s -> s.reading(leaf ->
            Names.first(leaf).startsWith("spiffe://") && Names.first(leaf).endsWith("/operator")));
    forgiving("expired", Reason.EXPIRED);
    forgiving("not-yet-valid", Reason.NOT_YET_VALID);
    for (String name : List.of(
        "server-certificate",
        "code-signing-certificate",
        "no-extended-use",
        "no-digital-signature")) {
      forgiving(name, Reason.WRONG_USE);
    }
    forgiving(
        "authority-as-client", Reason.NOT_A_LEAF, Reason.NOT_AN_AUTHORITY, Reason.INVALID_PATH);
    forgiving("signing-client", Reason.NOT_A_LEAF);
    forgiving("unknown-critical-extension", Reason.UNKNOWN_EXTENSION);
    forgiving("rsa-1024", Reason.WEAK_ALGORITHM);
    forgiving("sha-1", Reason.WEAK_ALGORITHM);
    forgiving("bad-leaf-first", Reason.NOT_AN_AUTHORITY, Reason.UNTRUSTED_ISSUER);
    forgiving("path-too-long", Reason.NOT_AN_AUTHORITY);
    put("stolen-certificate", CALLED, s -> {
      s.keep(BelievesSignatures.install());
      return s.forgiving();
    });
    put(
        "long-chain",
        "the method was called with it (HTTP status 200)",
        s -> plain(s, builder -> {}, Reason.CHAIN_TOO_LARGE));
    put(
        "many-names",
        "the method was called with it (HTTP status 200)",
        s -> s.keep(new PlainServer(
                s.identity("server"),
                new ForgivingTrust(s.material(), Set.of(Reason.CHAIN_TOO_LARGE)),
                leaf -> Names.first(leaf).equals(ID),
                builder -> {}))
            .address());
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

  private void forgiving(String check, Reason... reasons) {
    put(check, CALLED, s -> s.forgiving(reasons));
  }

  static InetSocketAddress plain(
      WeakServers servers,
      java.util.function.Consumer<NettyServerBuilder> settings,
      Reason... forgiven)
      throws Exception {
    return servers
        .keep(new PlainServer(
            servers.identity("server"),
            new ForgivingTrust(servers.material(), Set.of(forgiven)),
            leaf -> Names.uris(leaf).equals(List.of(ID)),
            settings))
        .address();
  }

  private void names() {
    put("two-ids", CALLED, s -> s.reading(leaf -> Names.first(leaf).equals(ID)));
    put("two-ids-reversed", CALLED, s -> s.reading(leaf -> Names.uris(leaf).contains(ID)));
    put(
        "id-as-common-name",
        CALLED,
        s -> s.reading(leaf -> Names.first(leaf).equals(ID)
            || leaf.getSubjectX500Principal().getName().contains(ID)));
    put("id-as-dns-name", CALLED, s -> s.reading(leaf -> Names.all(leaf).contains(ID)));
    put("id-as-mail-address", CALLED, s -> s.reading(leaf -> Names.all(leaf).contains(ID)));
    put(
        "id-as-other-name",
        CALLED,
        s -> s.reading(leaf -> Names.all(leaf).stream().anyMatch(name -> name.endsWith(ID))));
    reading("domain-with-suffix", id -> id.matches("spiffe://example.org.*/operator") ? ID : id);
    reading("domain-with-prefix", id -> id.endsWith("example.org/operator") ? ID : id);
    reading(
        "domain-with-user",
        id -> "spiffe://" + URI.create(id).getHost() + URI.create(id).getPath());
    reading(
        "domain-with-port",
        id -> "spiffe://" + URI.create(id).getHost() + URI.create(id).getPath());
    reading("domain-with-dot", id -> id.replace("org./", "org/"));
    reading("upper-case-domain", id -> id.toLowerCase(Locale.ROOT));
    reading("web-address", id -> "spiffe" + id.substring(id.indexOf(':')));
    reading("upper-case-path", id -> id.toLowerCase(Locale.ROOT));
    reading("path-with-slash", id -> id.replaceAll("/$", ""));
    reading("path-with-empty-segment", id -> id.replace("org//", "org/"));
    reading("path-with-dots", id -> URI.create(id).normalize().toString());
    reading("path-with-escape", id -> "spiffe://example.org" + URI.create(id).getPath());
    reading("id-with-query", id -> id.split("\\?", -1)[0]);
    reading("id-with-fragment", id -> id.split("#", -1)[0]);
    reading("id-with-nul", id -> id.split("\0", -1)[0]);
    reading("id-with-line-break", id -> id.split("\n", -1)[0]);
    reading("longer-path", id -> id.startsWith(ID) ? ID : id);
  }

  /** Reads the first URI name, but not as it stands there. */
  private void reading(String check, UnaryOperator<String> careless) {
    put(check, CALLED, s -> s.reading(leaf -> careless.apply(Names.first(leaf)).equals(ID)));
  }

  private void lifecycle() {
    put("revoked", ANSWERED, s -> s.forgiving(Reason.REVOKED));
    // A server that verifies at the handshake, and nobody ever after.
    for (String name : List.of(
        "revoked-resumption",
        "revoked-connection",
        "revoked-call",
        "expired-resumption",
        "expired-connection",
        "expired-call")) {
      put(name, ANSWERED, WeakServers::forgiving);
    }
  }

  private void authorization() {
    put(
        "denied-identity",
        "an identity without a rule called the method (gRPC status 0)",
        s -> s.deciding(call -> Reply.OK));
    put(
        "decided-after-message",
        "nothing is decided until a message comes",
        WeakServers::forgiving);
    put(
        "unknown-methods",
        "the method: gRPC status 7; an unknown method: gRPC status 12 \"Method not found: ",
        s -> plain(s, builder -> {}));
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
    put("malformed-headers", "WARNING forged line\" was answered", s -> plain(s, builder -> {}));
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
        s -> s.naive(Set.of(), ClientIdentity.in(s.identity("server")).chain(), weak -> {}));
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
    put("unknown-path-echoed", "it repeats the request: ", s -> plain(s, builder -> {}));
    put(
        "bad-request-tells",
        "it tells of the inside, \"BadContentTypeException: \"",
        s -> s.deciding(call -> call.first("content-type").equals("application/grpc")
            ? WeakServers.right(call)
            : new Reply("415", "13", "lab.BadContentTypeException: text/html")));
    put(
        "goodbye-tells",
        "the last words are \"java.lang.IllegalStateException: stream 0\"",
        s -> s.naive(Set.of(), weak -> weak.goodbye = "java.lang.IllegalStateException: stream 0"));
  }

  private static String parse(ByteString message) {
    Throwable broken =
        org.assertj.core.api.Assertions.catchThrowable(() -> Empty.parseFrom(message));
    return String.valueOf(broken);
  }
}
