package dev.countersign.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.identity.PeerIdentity.Mechanism;
import io.grpc.Context;
import io.grpc.Status;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PeerIdentityTest {
  private static final SpiffeId ID = SpiffeId.parse("spiffe://example.org/a");
  private static final ServiceAccount ACCOUNT = ServiceAccount.parse("a@b.c");
  private static final Proof PROOF =
      new Proof.Certificate("1", "00", "CN=x", Instant.EPOCH, Instant.MAX);

  private final PeerIdentity peer = new PeerIdentity(Mechanism.MUTUAL_TLS, List.of(ID), PROOF);

  @Test
  void isKnownInItsContextOnly() throws Exception {
    assertThat(peer.in(Context.current()).call(PeerIdentity::current)).isSameAs(peer);
    assertThat(catchThrowableOfType(IllegalStateException.class, PeerIdentity::current))
        .hasMessageContaining("guarded");
  }

  @Test
  void requiresThePeerItself() {
    assertThatCode(() -> peer.require(ID)).doesNotThrowAnyException();
    NotThisPeerException e = catchThrowableOfType(
        NotThisPeerException.class, () -> peer.require(SpiffeId.parse("spiffe://example.org/b")));
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(e.getMessage()).doesNotContain("example.org");
  }

  @Test
  void aMechanismProvesItsOwnKindOfName() {
    assertThatCode(() -> new PeerIdentity(Mechanism.ALTS, List.of(ACCOUNT), new Proof.Alts("")))
        .doesNotThrowAnyException();
    assertRefused(Mechanism.MUTUAL_TLS, ACCOUNT);
    assertRefused(Mechanism.ALTS, ID);
    assertRefused(Mechanism.MUTUAL_TLS, ID, DnsName.parse("a.b"));
    assertRefused(Mechanism.MUTUAL_TLS);
  }

  private static void assertRefused(Mechanism mechanism, Principal... principals) {
    assertThat(catchThrowableOfType(
            IllegalArgumentException.class,
            () -> new PeerIdentity(mechanism, List.of(principals), PROOF)))
        .isNotNull();
  }
}
