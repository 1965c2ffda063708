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
import java.util.List;
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
    boolean certificateOptional;
    boolean rejectsWithoutDecoding;
    boolean guessesBrokenHeaders;
    boolean oneHandshakeAtATime;
    boolean stallsAtAbandonedHandshakes;
    boolean stallsAtAbruptEnds;
    Predicate<Frame> stallsAt = frame -> false;
    Predicate<Frame> diesAt = frame -> false;
    String goodbye = "";
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
      socket.setHandshakeApplicationProtocolSelector(
          (any, offered) -> offered.contains("h2") ? "h2" : "");
      if (weak.oneHandshakeAtATime) {
        // Whoever is slow keeps all others waiting.
        Throwable unused = catchThrowable(socket::startHandshake);
      }
      threads.submit(() -> {
        serve(socket);
        return null;
      });
    }
  }

  private void serve(SSLSocket socket) throws IOException {
    boolean shaken = false;
    boolean orderly = false;
    try (socket) {
      socket.startHandshake();
      shaken = true;
      SSLSession session = socket.getSession();
      new NaiveConnection(
              socket.getInputStream(),
              socket.getOutputStream(),
              this,
              chain(session),
              serverName(session))
          .run();
      orderly = true;
    } finally {
      if (shaken ? !orderly && weak.stallsAtAbruptEnds : weak.stallsAtAbandonedHandshakes) {
        stall();
      }
    }
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
