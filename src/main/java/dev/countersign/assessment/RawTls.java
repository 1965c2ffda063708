package dev.countersign.assessment;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A TLS client that presents what it is told to and believes any server. Connections of one instance resume each other's
 * sessions when the server lets them.
 */
public final class RawTls {
  private static final int CONNECT_MILLIS = 5_000;

  private final PresentsAlways keys;
  private final SSLContext context;
  private List<String> versions = List.of("TLSv1.3", "TLSv1.2");
  private List<String> protocols = List.of("h2");
  private List<SNIServerName> names = List.of();
  private Origin origin = Origin.ANY;
  private boolean presented;

  private RawTls(@Nullable ClientIdentity identity) throws GeneralSecurityException {
    keys = new PresentsAlways(identity);
    context = SSLContext.getInstance("TLS");
    context.init(new KeyManager[] {keys}, new TrustManager[] {new BelievesAnyServer()}, null);
  }

  /** A client with an identity, which offers {@code h2}. */
  public static RawTls as(ClientIdentity identity) throws GeneralSecurityException {
    return new RawTls(identity);
  }

  /** A client without any. */
  public static RawTls asNobody() throws GeneralSecurityException {
    return new RawTls(null);
  }

  /** The versions to offer, as the JDK names them. */
  public RawTls versions(List<String> offered) {
    this.versions = List.copyOf(offered);
    return this;
  }

  /** The application protocols to offer; none for no such extension. */
  public RawTls alpn(String... offered) {
    this.protocols = List.of(offered);
    return this;
  }

  RawTls from(Origin where) {
    this.origin = where;
    return this;
  }

  RawTls sni(String host) {
    return sni(new SNIHostName(host));
  }

  RawTls sni(SNIServerName name) {
    this.names = List.of(name);
    return this;
  }

  /** Whether a server asked for a certificate. */
  boolean wasAsked() {
    return keys.wasAsked();
  }

  /** What a client says first. */
  byte[] hello() throws IOException {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(true);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    return Arrays.copyOf(record.array(), record.position());
  }

  /** The authorities that servers asked for certificates of, in all connections so far. */
  public List<String> authoritiesAskedFor() {
    return List.copyOf(keys.askedFor());
  }

  /** A socket that has not begun its handshake. */
  public SSLSocket open(InetSocketAddress address) throws IOException {
    return over(origin.socket(), address);
  }

  /** The same over a TCP connection that is made here. */
  SSLSocket over(Socket plain, InetSocketAddress address) throws IOException {
    try {
      plain.connect(address, CONNECT_MILLIS);
    } catch (IOException e) {
      plain.close();
      throw e;
    }
    // The JDK remembers sessions by the name and port given here.
    SSLSocket socket = (SSLSocket) context
        .getSocketFactory()
        .createSocket(plain, address.getAddress().getHostAddress(), address.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(versions.toArray(String[]::new));
    parameters.setApplicationProtocols(protocols.toArray(String[]::new));
    parameters.setServerNames(names);
    socket.setSSLParameters(parameters);
    return socket;
  }

  /** A connection after its handshake, as the client sees it: under TLS 1.3 it may be refused yet. */
  public SSLSocket connect(InetSocketAddress address, int patienceMillis) throws IOException {
    SSLSocket socket = open(address);
    try {
      socket.setSoTimeout(patienceMillis);
      socket.startHandshake();
      presented = socket.getSession().getLocalCertificates() != null;
      return socket;
    } catch (IOException e) {
      presented = keys.wasUsed() && isOfThePeer(e);
      socket.close();
      throw e;
    }
  }

  /** Whether the peer ended the handshake, and not the JDK on our side. */
  private static boolean isOfThePeer(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return failure instanceof SocketException
        || message.startsWith("Received fatal alert")
        || message.startsWith("Remote host");
  }

  /** Whether the last connection got so far that the server saw the certificate. */
  boolean hasPresented() {
    return presented;
  }
}
