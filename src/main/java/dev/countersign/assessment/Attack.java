package dev.countersign.assessment;

import dev.countersign.assessment.Attempt.Access;
import dev.countersign.credentials.IdentityFiles;
import dev.countersign.pem.PemException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What checks attack with: connections of the identities that were given, calls of the method, forged certificates.
 * Remembers every connection that it opened, and closes them when a check is over.
 */
final class Attack implements AutoCloseable {
  static final int PATIENCE_MILLIS = 10_000;

  private static final byte[] EMPTY = new byte[0];

  private final Target target;
  private final InstantSource clock;
  private final Set<Socket> opened;
  private final Origin origin;
  private final AtomicInteger abusers;
  private final Forgery forgery;
  private volatile String handlersAnswer = "";
  private final AltsClients alts;
  private final Lifecycle lifecycle = new Lifecycle(this);

  Attack(Target target, InstantSource clock) {
    this.target = target;
    this.clock = clock;
    this.opened = ConcurrentHashMap.newKeySet();
    this.origin = Origin.ANY;
    this.abusers = new AtomicInteger();
    this.forgery = new Forgery(target, clock);
    this.alts = new AltsClients(target);
  }

  private Attack(Attack other, Origin origin) {
    this.target = other.target;
    this.clock = other.clock;
    this.opened = other.opened;
    this.origin = origin;
    this.abusers = other.abusers;
    this.forgery = other.forgery;
    this.alts = other.alts.from(origin);
    this.handlersAnswer = other.handlersAnswer;
  }

  /**
   * The same from another host, as far as that can be had: a target may make those wait who misbehaved, and whoever comes from
   * the same address. Closed with this one.
   */
  Attack fromElsewhere() {
    return new Attack(this, Origin.elsewhere(target.address(), abusers.getAndIncrement()));
  }

  Target target() {
    return target;
  }

  InstantSource clock() {
    return clock;
  }

  InetSocketAddress address() {
    return target.address();
  }

  String path() {
    return target.path();
  }

  /** Certificates with something wrong. */
  Forgery forgery() {
    return forgery;
  }

  /** Certificates that held once. */
  Lifecycle lifecycle() {
    return lifecycle;
  }

  /** ALTS connections, right and wrong. */
  AltsClients alts() {
    return alts;
  }

  /** The identity that may call the method. */
  ClientIdentity allowed() throws IOException, CannotRunException {
    return read(target.identity(), "--identity");
  }

  /** The identity that may call nothing. */
  ClientIdentity denied() throws IOException, CannotRunException {
    return read(target.deniedIdentity(), "--denied-identity");
  }

  private static ClientIdentity read(Optional<IdentityFiles> files, String flag)
      throws IOException, CannotRunException {
    if (files.isEmpty()) {
      throw new CannotRunException("it needs " + flag);
    }
    try {
      return ClientIdentity.in(files.get());
    } catch (PemException e) {
      throw new IOException(flag + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** A TCP connection without anything on it. */
  Socket tcp() throws IOException {
    Socket socket = origin.socket();
    opened.add(socket);
    socket.connect(target.address(), PATIENCE_MILLIS);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** Remembers a connection, to close it when the check is over. */
  <T extends Socket> T track(T socket) {
    opened.add(socket);
    return socket;
  }

  /** A connection of whoever may call the method. */
  RawHttp2 connect() throws IOException, GeneralSecurityException, CannotRunException {
    return unspoken(true).greet();
  }

  /** A connection of whoever may call nothing, who has just been answered: it is no refusal of the certificate then. */
  RawHttp2 connectDenied() throws IOException, GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = unspoken(false).greet()) {
      call(connection);
    } catch (IOException e) {
      throw new CannotRunException(
          "the denied identity is not even answered: " + Attempt.refused(e).detail());
    }
    return unspoken(false).greet();
  }

  /** A connection on which nothing was said yet. */
  RawHttp2 unspoken(boolean asAllowed)
      throws IOException, GeneralSecurityException, CannotRunException {
    if (target.isAlts()) {
      AltsLink link = asAllowed ? alts.allowed() : alts.denied();
      track(link.socket());
      return new RawHttp2(link.wire());
    }
    return unspoken(RawTls.as(asAllowed ? allowed() : denied()));
  }

  private RawHttp2 unspoken(RawTls client) throws IOException {
    return new RawHttp2(
        Wire.over(track(client.from(origin).connect(target.address(), PATIENCE_MILLIS))));
  }

  RawHttp2 connect(RawTls client) throws IOException {
    return unspoken(client).greet();
  }

  /** Calls the method with an empty message; the first message of an answer is enough. */
  Exchange call(RawHttp2 connection, String... moreHeaders) throws IOException {
    int stream = connection.newStream();
    return connection
        .request(stream, path(), moreHeaders)
        .message(stream, EMPTY)
        .send()
        .exchange(stream, true);
  }

  /** Calls another path with an empty message. */
  static Exchange callPath(RawHttp2 connection, String path) throws IOException {
    int stream = connection.newStream();
    return connection.request(stream, path).message(stream, EMPTY).send().exchange(stream, true);
  }

  /** Connects and calls. A timeout is no refusal: nothing is learned then. */
  Attempt attempt(RawTls client) throws SocketTimeoutException, ConnectException {
    try (RawHttp2 connection = connect(client)) {
      return judge(call(connection));
    } catch (SocketTimeoutException | ConnectException e) {
      throw e;
    } catch (IOException e) {
      return Attempt.refused(e);
    }
  }

  Attempt attempt(ClientIdentity identity)
      throws GeneralSecurityException, SocketTimeoutException, ConnectException {
    return attempt(RawTls.as(identity));
  }

  /** What is done over a connection. */
  @FunctionalInterface
  interface Use {
    Exchange of(RawHttp2 connection) throws IOException;
  }

  /** Connects as whoever may call nothing. A timeout is no refusal: nothing is learned then. */
  Attempt asDenied(Use use) throws IOException, GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = connectDenied()) {
      return over(connection, use);
    }
  }

  /** The same as whoever may call the method. */
  Attempt asAllowed(Use use) throws IOException, GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = connect()) {
      return over(connection, use);
    }
  }

  private Attempt over(RawHttp2 connection, Use use) throws SocketTimeoutException {
    try {
      return judge(use.of(connection));
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return Attempt.refused(e);
    }
  }

  /** How far a call came: to the handler, if it ended as the first positive control did. */
  Attempt judge(Exchange exchange) {
    String seen = exchange.toString();
    Access access = exchange.isAllowed() || seen.equals(handlersAnswer)
        ? Access.ALLOWED
        : exchange.isDenied() ? Access.DENIED : Access.OTHER;
    return new Attempt(access, seen);
  }

  /** The first positive control. A handler that takes an empty message amiss shows itself by how it says so. */
  Attempt firstControl() throws GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = connect()) {
      Exchange exchange = call(connection);
      if (exchange.isTakenAmiss()) {
        handlersAnswer = exchange.toString();
      }
      return judge(exchange);
    } catch (IOException e) {
      return new Attempt(Access.REFUSED, e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  /** Whether whoever may call the method still can, over a new connection. */
  Attempt control() throws GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = connect()) {
      return judge(call(connection));
    } catch (IOException e) {
      return new Attempt(Access.REFUSED, e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  /** Closes every connection. */
  void hangUp() {
    hangUpAllBut(null);
  }

  /** Closes every connection but one. */
  void hangUpAllBut(@Nullable Socket kept) {
    opened.removeIf(socket -> {
      if (socket.equals(kept)) {
        return false;
      }
      try {
        socket.close();
      } catch (IOException e) {
        // It is gone one way or the other.
      }
      return true;
    });
  }

  @Override
  public void close() {
    hangUp();
    alts.close();
  }
}
