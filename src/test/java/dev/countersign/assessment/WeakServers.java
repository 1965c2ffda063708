package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.assessment.NaiveCall.Reply;
import dev.countersign.assessment.NaiveServer.Weak;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.credentials.Role;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pki.CertificateAuthority;
import dev.countersign.pki.IdentityRequest;
import dev.countersign.pki.KeyAlgorithm;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/** An authority, three identities, and servers that are wrong in one way each; closes what it opened. */
final class WeakServers implements AutoCloseable {
  static final String METHOD = "grpc.health.v1.Health/Check";
  static final String PATH = "/" + METHOD;
  static final String OPERATOR = "spiffe://example.org/operator";
  static final String RSA_SERVER = "rsa-server";

  private final Path directory;
  private final KeyMaterial material;
  private final List<Closeable> opened = new ArrayList<>();

  /** With an authority that is made for them. */
  WeakServers(Path directory) throws Exception {
    this(
        directory,
        CertificateAuthority.init(
            directory,
            new TrustDomain("example.org"),
            List.of(),
            KeyAlgorithm.ECDSA_P256,
            InstantSource.system()),
        List.of("server", "operator", "viewer"));
  }

  private WeakServers(Path directory, CertificateAuthority authority, List<String> names)
      throws Exception {
    this.directory = directory;
    for (String name : names) {
      authority.issue(request(name));
    }
    material = KeyMaterial.watching(identity("server"), Role.SERVER);
  }

  /** With an authority and identities that are there already, and one more whose key is RSA. */
  static WeakServers beside(Path directory) throws Exception {
    CertificateAuthority authority = CertificateAuthority.open(directory, InstantSource.system());
    authority.issue(request(RSA_SERVER).withKey(KeyAlgorithm.RSA_3072));
    return new WeakServers(directory, authority, List.of());
  }

  private static IdentityRequest request(String name) {
    return IdentityRequest.named(name).withSpiffeId(SpiffeId.parse("spiffe://example.org/" + name));
  }

  Path directory() {
    return directory;
  }

  Path identity(String name) {
    return directory.resolve(name);
  }

  KeyMaterial material() {
    return material;
  }

  /** How the checks find a server. */
  Target target(InetSocketAddress address) {
    return Target.mutualTls(address, identity("operator"))
        .deniedIdentity(identity("viewer"))
        .authority(directory)
        .handshakePatience(Duration.ofSeconds(3))
        .abuseTime(Duration.ofMillis(100))
        .method(METHOD);
  }

  /** Whether a caller is the operator, read as it should be. */
  static boolean isOperator(NaiveCall call) {
    return !call.chain().isEmpty() && Names.uris(call.chain().get(0)).equals(List.of(OPERATOR));
  }

  /** The right decision: the operator may call the method, and nobody anything else. */
  static Reply right(NaiveCall call) {
    if (!isOperator(call) || !call.first(":method").equals("POST")) {
      return Reply.DENIED;
    }
    return call.path().equals(PATH) ? Reply.OK : Reply.status(12, "method not found");
  }

  /** A server as it should be, but that it has no limits and verifies a client at the handshake only. */
  InetSocketAddress naive() throws Exception {
    return overlooking(Oversight.NONE);
  }

  /** The same with an oversight. */
  InetSocketAddress overlooking(Oversight oversight) throws Exception {
    return naive(oversight, weak -> {});
  }

  /** A server that verifies certificates as it should, and decides in this way. */
  InetSocketAddress deciding(Function<NaiveCall, Reply> answer) throws Exception {
    return naive(Oversight.NONE, weak -> weak.answer = answer);
  }

  /** A server that reads names in this way, from certificates of the right authority. */
  InetSocketAddress reading(Function<X509Certificate, Boolean> isOperator) throws Exception {
    X509Certificate issuer = ClientIdentity.in(identity("operator")).chain().get(1);
    return naive(
        Oversight.where(
            chain -> chain.size() == 2
                && catchThrowable(() -> chain.get(0).verify(issuer.getPublicKey())) == null,
            Reason.BAD_NAME,
            Reason.UNKNOWN_TRUST_DOMAIN,
            Reason.NAME_NOT_PERMITTED,
            Reason.UNTRUSTED_ISSUER,
            Reason.INVALID_PATH),
        weak -> weak.answer = call -> Reply.of(isOperator.apply(call.chain().get(0))));
  }

  InetSocketAddress naive(Consumer<Weak> weakness) throws Exception {
    return naive(Oversight.NONE, weakness);
  }

  InetSocketAddress naive(Oversight oversight, Consumer<Weak> weakness) throws Exception {
    return naive(oversight, List.of(), weakness);
  }

  InetSocketAddress naive(Oversight oversight, List<X509Certificate> named, Consumer<Weak> weakness)
      throws Exception {
    Weak weak = new Weak();
    weak.answer = WeakServers::right;
    weakness.accept(weak);
    return naive("server", oversight, named, weak);
  }

  /** A naive server that presents this identity. */
  InetSocketAddress naive(
      String identity, Oversight oversight, List<X509Certificate> named, Weak weak)
      throws Exception {
    NaiveServer server = new NaiveServer(
        keys(identity),
        new ForgivingTrust(material, oversight, named.toArray(X509Certificate[]::new)),
        weak);
    opened.add(server);
    return server.address();
  }

  /** A server as it should be, behind something that receives its clients. */
  InetSocketAddress behind(Front.Reception reception) throws Exception {
    return keep(new Front(naive(), reception)).address();
  }

  <T extends Closeable> T keep(T server) {
    opened.add(server);
    return server;
  }

  void closing(Closeable how) {
    opened.add(how);
  }

  private KeyManager keys(String identity) throws Exception {
    char[] password = new char[0];
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, password);
    ClientIdentity own = ClientIdentity.in(identity(identity));
    store.setKeyEntry("server", own.key(), password, own.chain().toArray(X509Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password);
    return factory.getKeyManagers()[0];
  }

  @Override
  public void close() throws IOException {
    for (Closeable each : opened) {
      each.close();
    }
    material.close();
  }
}
