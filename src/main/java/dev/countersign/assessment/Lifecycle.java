package dev.countersign.assessment;

import dev.countersign.assessment.Attempt.Access;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pem.PemException;
import dev.countersign.pki.CertificateAuthority;
import dev.countersign.pki.IdentityRequest;
import dev.countersign.pki.PkiException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Certificates that held when a client connected and hold no longer: one that is revoked, and one that expires while
 * somebody watches. What each can still do is tried once, for all the checks that ask.
 */
final class Lifecycle {
  private static final Duration SHORT_LIFE = Duration.ofSeconds(6);
  private static final Duration REVOKED_LIFE = Duration.ofHours(1);
  private static final long PATIENCE_MILLIS = 12_000;
  private static final long PAUSE_MILLIS = 500;
  private static final int CALL_END_MILLIS = 5_000;

  private final Attack attack;
  private @Nullable Former revoked;
  private @Nullable Former expired;

  /**
   * What somebody whose certificate no longer holds can do.
   *
   * @param fresh over a new connection with a full handshake
   * @param resumed over a new connection that may resume a session of before
   * @param connection over the connection of before
   * @param call with the call that was open
   */
  record Former(Attempt fresh, Attempt resumed, Attempt connection, Attempt call) {}

  Lifecycle(Attack attack) {
    this.attack = attack;
  }

  /** After the revocation was published, and up to 12 s later. */
  Former revoked()
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    if (revoked == null) {
      Path directory = attack
          .target()
          .authority()
          .orElseThrow(() -> new CannotRunException("it needs --ca-dir"));
      try {
        CertificateAuthority authority = CertificateAuthority.open(directory, attack.clock());
        authority.issue(IdentityRequest.named(Target.REVOKED_NAME)
            .withSpiffeId(SpiffeId.parse(Forgery.idOf(attack.allowed())))
            .withValidFor(REVOKED_LIFE));
        ClientIdentity identity = ClientIdentity.in(directory.resolve(Target.REVOKED_NAME));
        revoked = after(identity, () -> {
          authority.revoke(Target.REVOKED_NAME, Optional.empty());
          awaitRefusal(identity);
        });
      } catch (PkiException | PemException | IdentityException e) {
        throw new CannotRunException("--ca-dir cannot be used: " + e.getMessage());
      }
    }
    return revoked;
  }

  /** A second and a half after it expired. */
  Former expired()
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    if (expired == null) {
      Instant end = attack.clock().instant().plus(SHORT_LIFE);
      ClientIdentity identity = ClientIdentity.of(attack
          .forgery()
          .like(attack.allowed())
          .notAfter(end)
          .issuedBy(attack.forgery().issuer()));
      try {
        expired = after(
            identity,
            () -> TimeUnit.MILLISECONDS.sleep(Duration.between(attack.clock().instant(), end)
                .plusMillis(1_500)
                .toMillis()));
      } catch (PkiException e) {
        throw new IllegalStateException("nothing is issued here", e);
      }
    }
    return expired;
  }

  /** What ends a certificate's time. */
  private interface Ending {
    void come() throws IOException, PkiException, GeneralSecurityException, InterruptedException;
  }

  private Former after(ClientIdentity identity, Ending ending)
      throws IOException, PkiException, GeneralSecurityException, InterruptedException,
          CannotRunException {
    RawTls client = RawTls.as(identity);
    try (RawHttp2 connection = attack.connect(client)) {
      Exchange before = attack.call(connection);
      if (!attack.judge(before).isAllowed()) {
        throw new CannotRunException("a good certificate of --ca-dir is not served: " + before);
      }
      int open = connection.newStream();
      connection.request(open, attack.path()).send();
      ending.come();
      Attempt fresh = attack.attempt(identity);
      Attempt resumed = attack.attempt(client);
      // First, because another call would read past its end.
      Attempt call = endOf(connection, open);
      return new Former(fresh, resumed, again(connection), call);
    }
  }

  private Attempt again(RawHttp2 connection) throws SocketTimeoutException {
    try {
      connection.socket().setSoTimeout(Attack.PATIENCE_MILLIS);
      return attack.judge(attack.call(connection));
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return Attempt.refused(e);
    }
  }

  /** Sends the message that the open call waited for; whoever ended it has said so. */
  private Attempt endOf(RawHttp2 connection, int stream) {
    try {
      connection.socket().setSoTimeout(CALL_END_MILLIS);
      return attack.judge(connection.message(stream, new byte[0]).send().exchange(stream, true));
    } catch (SocketTimeoutException e) {
      return new Attempt(
          Access.ALLOWED, "the call was still open " + CALL_END_MILLIS + " ms later");
    } catch (IOException e) {
      return Attempt.refused(e);
    }
  }

  private void awaitRefusal(ClientIdentity identity)
      throws IOException, GeneralSecurityException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    while (attack.attempt(identity).isAllowed() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
    // Open connections are asked once more a moment later.
    TimeUnit.MILLISECONDS.sleep(2 * PAUSE_MILLIS);
  }
}
