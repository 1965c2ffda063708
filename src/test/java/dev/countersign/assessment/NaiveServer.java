package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.assessment.NaiveCall.Reply;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/**
 * An HTTP/2 server on the JDK's TLS without any limit or suspicion: it takes every frame, decodes every header block and
 * asks a function for the answer. What is weak about it is said by whoever makes it.
 */
final class NaiveServer implements Closeable, NaiveConnection.Host {
  private static final long STALL_SECONDS = 7;

  private final SSLServerSocket listener;
  private final Weak weak;
  private boolean stalled;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  /** What a naive server does, and where it goes wrong. */
  static final class Weak {
    Function<NaiveCall, Reply> answer = call -> Reply.OK;
    /** Whether certificates still hold; asked when a connection and when a request begins. */
    Predicate<List<X509Certificate>> holds = chain -> true;

    /** The lists of application protocols without h2, the empty one too, after which HTTP/2 is spoken. */
    Predicate<List<String>> tolerates = offered -> false;

    boolean certificateOptional;
    boolean rejectsWithoutDecoding;

    /** The header blocks that are taken for a call of the method when they do not decode. */
    Predicate<byte[]> guesses = block -> false;

    boolean oneHandshakeAtATime;
    boolean stallsAtAbandonedHandshakes;
    boolean stallsAtAbruptEnds;
    Predicate<Frame> stallsAt = frame -> false;
    Predicate<Frame> diesAt = frame -> false;
    String goodbye = "";
    /** What has no bound; by itself nothing has. */
    Set<FrameRules.Rule> unbounded = EnumSet.allOf(FrameRules.Rule.class);

    Consumer<SSLParameters> tls = parameters -> {};
  }

  NaiveServer(KeyManager keys, TrustManager trust, Weak weak) throws Exception {
    this.weak = weak;
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
    listener = (SSLServerSocket) context
        .getServerSocketFactory()
        .createServerSocket(0, 1000, InetAddress.getLoopbackAddress());
    SSLParameters parameters = listener.getSSLParameters();
    parameters.setNeedClientAuth(true);
    if (weak.certificateOptional) {
      parameters.setWantClientAuth(true);
    }
    weak.tls.accept(parameters);
    listener.setSSLParameters(parameters);
    threads.submit(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private Void accept() throws IOException {
    while (true) {
      SSLSocket socket = (SSLSocket) listener.accept();
      sockets.add(socket);
      List<String> protocols = new CopyOnWriteArrayList<>();
      socket.setHandshakeApplicationProtocolSelector((any, offered) -> {
        protocols.addAll(offered);
        // Without an answer the handshake ends.
        return offered.contains("h2") ? "h2" : weak.tolerates.test(offered) ? "" : null;
      });
      if (weak.oneHandshakeAtATime) {
        // Whoever is slow keeps all others waiting.
        Throwable unused = catchThrowable(socket::startHandshake);
      }
      threads.submit(() -> {
        serve(socket, protocols);
        return null;
      });
    }
  }

  private void serve(SSLSocket socket, List<String> protocols) throws IOException {
    long since = System.currentTimeMillis();
    boolean shaken = false;
    boolean orderly = false;
    try (socket) {
      socket.startHandshake();
      shaken = true;
      if (!protocols.isEmpty() || weak.tolerates.test(protocols)) {
        new NaiveConnection(
                socket.getInputStream(),
                socket.getOutputStream(),
                this,
                peer(socket.getSession(), since),
                socket::setSoTimeout)
            .run();
      }
      orderly = true;
    } finally {
      if (shaken ? !orderly && weak.stallsAtAbruptEnds : weak.stallsAtAbandonedHandshakes) {
        stall();
      }
    }
  }

  private NaivePeer peer(SSLSession session, long connected) throws IOException {
    List<X509Certificate> chain = chain(session);
    return new NaivePeer(
        chain, serverName(session), session.getCreationTime() < connected, weak.holds.test(chain));
  }

  private static List<X509Certificate> chain(SSLSession session) throws IOException {
    if (catchThrowable(session::getPeerCertificates) != null) {
      return List.of();
    }
    return Arrays.stream(session.getPeerCertificates())
        .map(X509Certificate.class::cast)
        .toList();
  }

  private static String serverName(SSLSession session) {
    return ((ExtendedSSLSession) session)
        .getRequestedServerNames().stream()
            .filter(SNIHostName.class::isInstance)
            .map(name -> ((SNIHostName) name).getAsciiName())
            .findFirst()
            .orElse("");
  }

  @Override
  public Weak weak() {
    return weak;
  }

  @Override
  public synchronized void stall() {
    // Once is long enough to be noticed.
    if (!stalled) {
      stalled = true;
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(STALL_SECONDS));
    }
  }

  @Override
  public synchronized Reply answer(NaiveCall call) {
    return weak.answer.apply(call);
  }

  @Override
  public void die() throws IOException {
    close();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    threads.shutdownNow();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
