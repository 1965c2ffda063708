package dev.countersign.credentials;

import static dev.countersign.credentials.HandClock.START;
import static dev.countersign.credentials.Zoo.ID;
import static dev.countersign.credentials.Zoo.presented;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.Proof;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TrustStateTest {
  private final Zoo zoo = new Zoo();

  static List<ZooCase> cases() throws Exception {
    return ZooCase.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void refusesForTheReasonWhatWouldOtherwiseBeAccepted(ZooCase one) {
    assertThatCode(one.good()::run).doesNotThrowAnyException();
    PeerRefusedException refusal = catchThrowableOfType(PeerRefusedException.class, one.bad()::run);
    assertThat(refusal).as("refusal").isNotNull();
    assertThat(refusal.reason()).isEqualTo(one.reason());
    assertThat(refusal.getMessage()).matches("\\p{Print}+").hasSizeLessThan(1000);
  }

  @Test
  void everyReasonOccurs() throws Exception {
    Set<Reason> seen = cases().stream().map(ZooCase::reason).collect(Collectors.toSet());
    assertThat(seen).containsExactlyInAnyOrder(Reason.values());
  }

  @Test
  void saysWhoThePeerIsAndHowItProvedIt() throws Exception {
    ForgedCertificate leaf = zoo.good();
    VerifiedPeer peer = zoo.trust().verify(presented(leaf), Role.CLIENT);
    assertThat(peer.identity().mechanism()).isEqualTo(PeerIdentity.Mechanism.MUTUAL_TLS);
    assertThat(peer.identity().principals()).containsExactly(ID);
    assertThat(peer.identity().proof()).isInstanceOfSatisfying(Proof.Certificate.class, proof -> {
      assertThat(proof.serial()).isEqualTo(leaf.certificate().getSerialNumber().toString(16));
      assertThat(proof.issuer()).isEqualTo("CN=Zoo issuing");
      assertThat(proof.fingerprint()).hasSize(64);
      assertThat(proof.notAfter()).isEqualTo(leaf.certificate().getNotAfter().toInstant());
    });
    assertThat(peer.validUntil()).isEqualTo(leaf.certificate().getNotAfter().toInstant());
  }

  @Test
  void remembersAChainButNotBeyondItsTime() throws Exception {
    TrustState trust = zoo.trust();
    PresentedChain chain = presented(zoo.good());
    VerifiedPeer first = trust.verify(chain, Role.CLIENT);
    assertThat(trust.verify(chain, Role.CLIENT)).isSameAs(first);

    zoo.clock.moveTo(first.validUntil().plusMillis(1));
    assertThat(
            catchThrowableOfType(PeerRefusedException.class, () -> trust.verify(chain, Role.CLIENT))
                .reason())
        .isEqualTo(Reason.EXPIRED);

    zoo.clock.moveTo(START.minus(Duration.ofHours(1)));
    assertThat(
            catchThrowableOfType(PeerRefusedException.class, () -> trust.verify(chain, Role.CLIENT))
                .reason())
        .isEqualTo(Reason.NOT_YET_VALID);
  }

  @Test
  void remembersAnswersForOneRoleOnly() throws Exception {
    TrustState trust = zoo.trust();
    PresentedChain chain =
        presented(zoo.forge.leaf().spiffe(ID.name()).client().issuedBy(zoo.issuing));
    trust.verify(chain, Role.CLIENT);
    assertThat(
            catchThrowableOfType(PeerRefusedException.class, () -> trust.verify(chain, Role.SERVER))
                .reason())
        .isEqualTo(Reason.WRONG_USE);
  }

  @Test
  void findsTheNewerAnchorOfTheSameKeyWhenTheOlderExpires() throws Exception {
    ForgedCertificate old =
        zoo.forge.root("CN=Renewed").notAfter(START.plus(Duration.ofHours(1))).selfSigned();
    ForgedCertificate renewed = zoo.forge.root("CN=Renewed").keys(old.keys()).selfSigned();
    TrustState trust = zoo.trusting(old, renewed);
    PresentedChain chain = presented(zoo.leaf().issuedBy(old));
    trust.verify(chain, Role.CLIENT);

    zoo.clock.advance(Duration.ofHours(2));
    assertThat(trust.verify(chain, Role.CLIENT).validUntil()).isAfter(zoo.clock.instant());
  }

  @Test
  void pathThatIsKnownHoldsOnlyWhileItsAnchorIsBelieved() throws Exception {
    TrustAnchors both = new TrustAnchors(
        Zoo.DOMAIN, List.of(zoo.root.certificate(), zoo.partner.certificate()), Map.of());
    TrustState trust = TrustState.of(both, zoo.clock);
    PresentedChain staying = presented(zoo.good());
    PresentedChain leaving = presented(zoo.leaf().issuedBy(zoo.partner));
    trust.verify(staying, Role.CLIENT);
    trust.verify(leaving, Role.CLIENT);

    TrustState next = trust.followedBy(zoo.anchors(), RevocationLists.NONE);

    assertThat(next.verify(staying, Role.CLIENT).generation()).isEqualTo(2);
    assertThat(catchThrowableOfType(
                PeerRefusedException.class, () -> next.verify(leaving, Role.CLIENT))
            .reason())
        .isEqualTo(Reason.UNTRUSTED_ISSUER);
    assertThat(next.followedBy(both, RevocationLists.NONE)
            .verify(leaving, Role.CLIENT)
            .generation())
        .isEqualTo(3);
    assertThat(trust.verify(leaving, Role.CLIENT).generation())
        .as("the state before is not touched")
        .isEqualTo(1);
  }

  @Test
  void pathThatIsKnownDoesNotMoveToAnotherTrustDomain() throws Exception {
    ForgedCertificate leaf =
        zoo.forge.leaf().spiffe("spiffe://partner.example/a").client().issuedBy(zoo.root);
    TrustState own =
        TrustState.of(new TrustAnchors(null, List.of(zoo.root.certificate()), Map.of()), zoo.clock);
    own.verify(presented(leaf), Role.CLIENT);

    TrustState federated = own.followedBy(zoo.federatedAnchors(), RevocationLists.NONE);

    assertThat(catchThrowableOfType(
                PeerRefusedException.class, () -> federated.verify(presented(leaf), Role.CLIENT))
            .reason())
        .isEqualTo(Reason.UNTRUSTED_ISSUER);
  }

  @Test
  void refusalSaysWhatThePeerPresented() throws Exception {
    ForgedCertificate leaf = zoo.leaf().dns("a.example.org").issuedBy(zoo.partner);
    PeerRefusedException e = catchThrowableOfType(
        PeerRefusedException.class, () -> zoo.trust().verify(presented(leaf), Role.CLIENT));
    assertThat(e)
        .hasMessageEndingWith("; presented: \"O=forged\", names \"" + ID.name()
            + "\" \"a.example.org\", issued by \"CN=Partner root\", serial "
            + leaf.certificate().getSerialNumber().toString(16)
            + ", valid from 2031-05-01T11:55:00Z until 2031-05-02T12:00:00Z");
  }

  @Test
  void acceptsALeafOfAFederatedDomainFromItsOwnAuthority() throws Exception {
    TrustState trust = TrustState.of(zoo.federatedAnchors(), zoo.clock);
    ForgedCertificate leaf =
        zoo.forge.leaf().spiffe("spiffe://partner.example/a").client().issuedBy(zoo.partner);
    assertThat(trust.verify(presented(leaf), Role.CLIENT).identity().primary().name())
        .isEqualTo("spiffe://partner.example/a");
  }

  @Test
  void believesOnlyTheFirstCertificateOfAChain() throws Exception {
    ForgedCertificate first =
        zoo.forge.leaf().spiffe("spiffe://example.org/first").client().issuedBy(zoo.issuing);
    assertThat(zoo.trust()
            .verify(presented(first), Role.CLIENT)
            .identity()
            .primary()
            .name())
        .isEqualTo("spiffe://example.org/first");
  }

  @Test
  void acceptsAChainThatEndsInItsAnchor() throws Exception {
    PresentedChain chain = presented(
        List.of(zoo.good().certificate(), zoo.issuing.certificate(), zoo.root.certificate()));
    assertThat(zoo.trust().verify(chain, Role.CLIENT).identity().primary()).isEqualTo(ID);
  }

  @Test
  void anEntryWithTwoCertificatesIsNotTakenForTwoEntries() throws Exception {
    TrustState trust = zoo.trust();
    ForgedCertificate good = zoo.good();
    trust.verify(presented(good), Role.CLIENT);
    PresentedChain glued = PresentedChain.of(new RawCertificate(RawCertificate.join(
        good.certificate().getEncoded(), zoo.issuing.certificate().getEncoded())));
    assertThat(
            catchThrowableOfType(PeerRefusedException.class, () -> trust.verify(glued, Role.CLIENT))
                .reason())
        .isEqualTo(Reason.UNREADABLE_CERTIFICATE);
  }

  @Test
  void listsHoldForAnHourLongerThanTheySay() throws Exception {
    ForgedCertificate leaf = zoo.leaf().notAfter(START.plus(Duration.ofDays(2))).issuedBy(zoo.root);
    TrustState trust = zoo.trustWith(ForgedCrl.of(zoo.root, START));
    PresentedChain chain = presented(leaf);
    // The root of the zoo ends with the day, so the list is the only thing that could end here.
    assertThat(trust.verify(chain, Role.CLIENT).validUntil())
        .isEqualTo(zoo.root.certificate().getNotAfter().toInstant());
    TrustState early = zoo.trustWith(ForgedCrl.of(zoo.root, START.minus(Duration.ofHours(24))));
    assertThat(early.verify(chain, Role.CLIENT).validUntil())
        .isEqualTo(START.plus(RevocationLists.GRACE));
  }

  @Test
  void ownAndFederatedAnchorsOfOneDomainContradictEachOther() {
    assertThat(catchThrowableOfType(
            IllegalArgumentException.class,
            () -> new TrustAnchors(
                Zoo.DOMAIN,
                List.of(zoo.root.certificate()),
                Map.of(Zoo.DOMAIN, List.of(zoo.partner.certificate())))))
        .hasMessageContaining("example.org");
  }
}
