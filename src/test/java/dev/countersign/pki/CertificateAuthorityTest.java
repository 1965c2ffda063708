package dev.countersign.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.identity.CertificateNames;
import dev.countersign.identity.DnsName;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pem.CompactCrl;
import dev.countersign.pki.PkiException.Reason;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertPathValidatorException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CertificateAuthorityTest {
  private static final TrustDomain DOMAIN = new TrustDomain("example.org");
  private static final SpiffeId ID = SpiffeId.parse("spiffe://example.org/ns/demo/sa/server");

  @TempDir
  private Path directory;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-22T08:00:00Z"));
  private CertificateAuthority authority;
  private IdentityRequest server;

  @BeforeEach
  void makesAuthority() throws Exception {
    authority = CertificateAuthority.init(
        directory,
        DOMAIN,
        List.of(DnsName.parse("localhost"), DnsName.parse("example.org")),
        KeyAlgorithm.ECDSA_P256,
        clock);
    server = IdentityRequest.named("server")
        .withSpiffeId(ID)
        .withDnsNames(List.of(DnsName.parse("localhost"), DnsName.parse("a.example.org")))
        .withAddresses(List.of(
            IdentityRequest.parseAddress("127.0.0.1"), IdentityRequest.parseAddress("::1")));
  }

  @Test
  void leafPassesTheJdkUnderNameConstraintsAndSaysWhatWasAskedFor() throws Exception {
    IssuedCertificate issued = authority.issue(server);

    MadeIdentity made = MadeIdentity.in(directory.resolve("server"));
    made.validate(clock.instant());
    X509Certificate leaf = made.leaf();
    assertThat(leaf.getSerialNumber()).isEqualTo(issued.serial());
    assertThat(leaf.getSerialNumber().bitLength()).isEqualTo(128);
    assertThat(CertificateNames.of(leaf)).containsExactly(ID);
    assertThat(leaf.getSubjectAlternativeNames()).hasSize(5);
    assertThat(leaf.getExtendedKeyUsage())
        .containsExactly("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    assertThat(leaf.getKeyUsage()[0]).isTrue();
    assertThat(leaf.getKeyUsage()[5]).isFalse();
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(leaf.getNotBefore()).isEqualTo("2026-11-22T07:55:00Z");
    assertThat(leaf.getNotAfter()).isEqualTo("2026-11-23T08:00:00Z");
    assertThat(made.intermediate().getBasicConstraints()).isZero();
    assertThat(made.intermediate().getCriticalExtensionOIDs()).contains("2.5.29.30");
  }

  @Test
  void filesHaveTheRightsOfSecrets() throws Exception {
    authority.issue(server);

    for (String secret : List.of(
        "server/tls.key", "ca/root-1.key", "ca/intermediate-1.key", "ca/state", "ca/.lock")) {
      assertThat(rights(directory.resolve(secret))).as(secret).isEqualTo("rw-------");
    }
    assertThat(rights(directory.resolve("server"))).isEqualTo("rwx------");
    assertThat(rights(directory.resolve("ca"))).isEqualTo("rwx------");
  }

  @ParameterizedTest
  @EnumSource(KeyAlgorithm.class)
  void everyKindOfKeyWorksForAuthorityAndLeaf(KeyAlgorithm kind) throws Exception {
    Path other = directory.resolve("other");
    CertificateAuthority made = CertificateAuthority.init(other, DOMAIN, List.of(), kind, clock);

    made.issue(server.withKey(kind));

    MadeIdentity.in(other.resolve("server")).validate(clock.instant());
  }

  @Test
  void trustDomainWithUnderscoreHasNoUriConstraintSoThatTheJdkTakesIt() throws Exception {
    Path other = directory.resolve("other");
    TrustDomain underscore = new TrustDomain("my_domain");
    CertificateAuthority made =
        CertificateAuthority.init(other, underscore, List.of(), KeyAlgorithm.ECDSA_P256, clock);

    made.issue(IdentityRequest.named("a").withSpiffeId(underscore.id("a")));

    MadeIdentity identity = MadeIdentity.in(other.resolve("a"));
    identity.validate(clock.instant());
    assertThat(identity.intermediate().getCriticalExtensionOIDs()).doesNotContain("2.5.29.30");
  }

  @Test
  void constraintOfTheIntermediateStopsForeignNamesEvenWithItsKey() throws Exception {
    Authority own = new AuthorityDirectory(directory).readAuthority(1);
    CertificateMint mint = new CertificateMint(DOMAIN, clock.instant());
    Instant end = clock.instant().plus(Duration.ofHours(1));
    var key = KeyAlgorithm.ECDSA_P256.generate().getPublic();
    X509Certificate issuer = own.intermediate().certificate();
    X509Certificate root = own.root().certificate();
    JdkValidator.validate(
        List.of(mint.leaf(server, key, own.intermediate(), end), issuer), root, clock.instant());

    for (IdentityRequest foreign : List.of(
        server.withSpiffeId(SpiffeId.parse("spiffe://evil.example/a")),
        server.withDnsNames(List.of(DnsName.parse("evil.example"))))) {
      X509Certificate leaf = mint.leaf(foreign, key, own.intermediate(), end);
      assertThatThrownBy(() -> JdkValidator.validate(List.of(leaf, issuer), root, clock.instant()))
          .isInstanceOf(CertPathValidatorException.class)
          .hasMessageContaining("name constraints");
    }
  }

  @Test
  void refusesWhatItMayNotIssue() throws Exception {
    authority.issue(server);

    assertRefused(
        Reason.OTHER_TRUST_DOMAIN,
        () -> authority.issue(server.withSpiffeId(SpiffeId.parse("spiffe://other.example/a"))));
    assertRefused(
        Reason.NAME_NOT_PERMITTED,
        () -> authority.issue(server.withDnsNames(List.of(DnsName.parse("notexample.org")))));
    assertRefused(Reason.BAD_LIFETIME, () -> authority.issue(server.withValidFor(Duration.ZERO)));
    assertRefused(Reason.NO_NAMES, () -> authority.issue(IdentityRequest.named("nobody")));
    for (String name : List.of("ca", "..", "../x", "", "A", ".hidden", "a/b", "é")) {
      assertRefused(
          Reason.BAD_NAME,
          () -> authority.issue(new IdentityRequest(
              name,
              server.spiffeId(),
              List.of(),
              List.of(),
              Profile.PEER,
              KeyAlgorithm.ECDSA_P256,
              Duration.ofHours(1))));
    }
    assertRefused(Reason.UNKNOWN_NAME, () -> authority.renew("unknown"));
    assertRefused(Reason.UNKNOWN_NAME, () -> authority.revoke("unknown", Optional.empty()));
    assertRefused(
        Reason.UNKNOWN_SERIAL, () -> authority.revoke("server", Optional.of(BigInteger.TEN)));
    assertThat(authority.list()).hasSize(1);
  }

  @Test
  void refusesSecondInitAndKeepsTheFirst() throws Exception {
    byte[] before = Files.readAllBytes(directory.resolve("ca/root-1.key"));

    assertRefused(
        Reason.AUTHORITY_EXISTS,
        () -> CertificateAuthority.init(
            directory,
            new TrustDomain("other.example"),
            List.of(),
            KeyAlgorithm.ECDSA_P256,
            clock));
    Files.delete(directory.resolve("ca/state"));
    assertRefused(
        Reason.AUTHORITY_EXISTS,
        () -> CertificateAuthority.init(
            directory, DOMAIN, List.of(), KeyAlgorithm.ECDSA_P256, clock));

    assertThat(directory.resolve("ca/root-1.key")).hasBinaryContent(before);
    assertRefused(Reason.NO_AUTHORITY, () -> CertificateAuthority.open(directory, clock));
  }

  @Test
  void refusesStateThatWasCutOff() throws Exception {
    authority.issue(server);
    Path state = directory.resolve("ca/state");
    String text = Files.readString(state);

    Files.writeString(state, text.substring(0, text.length() - 10));

    PkiException refusal = catchThrowableOfType(PkiException.class, () -> authority.list());
    assertThat(refusal.reason()).isEqualTo(Reason.BAD_STATE);
    assertThat(refusal).hasMessageContaining("line 8");
  }

  @Test
  void renewKeepsTheNamesAndMakesNewKey() throws Exception {
    IssuedCertificate first = authority.issue(server);
    X509Certificate before = MadeIdentity.in(directory.resolve("server")).leaf();
    clock.advance(Duration.ofHours(20));

    assertThat(authority.renewDue()).hasSize(1);
    assertThat(authority.renewDue()).isEmpty();

    MadeIdentity after = MadeIdentity.in(directory.resolve("server"));
    after.validate(clock.instant());
    assertThat(after.leaf().getPublicKey()).isNotEqualTo(before.getPublicKey());
    assertThat(after.leaf().getSerialNumber()).isNotEqualTo(first.serial());
    assertThat(List.copyOf(after.leaf().getSubjectAlternativeNames()))
        .isEqualTo(List.copyOf(before.getSubjectAlternativeNames()));
  }

  @Test
  void leafNeverOutlivesItsIssuer() throws Exception {
    clock.advance(Duration.ofDays(1824));
    authority.issue(server.withValidFor(Duration.ofDays(30)));

    MadeIdentity made = MadeIdentity.in(directory.resolve("server"));
    assertThat(made.leaf().getNotAfter()).isEqualTo(made.intermediate().getNotAfter());
    clock.advance(Duration.ofDays(2));
    assertRefused(Reason.AUTHORITY_EXPIRED, () -> authority.issue(server));
  }

  @Test
  void revokedCertificateIsInTheListOfEveryIdentity() throws Exception {
    IssuedCertificate issued = authority.issue(server);
    authority.issue(IdentityRequest.named("client").withSpiffeId(DOMAIN.id("client")));
    assertThat(directory.resolve("client/crl.pem")).doesNotExist();

    assertThat(authority.revoke("server", Optional.empty()))
        .extracting(IssuedCertificate::serial)
        .containsExactly(issued.serial());

    for (String name : List.of("server", "client", "ca")) {
      List<CompactCrl> lists =
          CompactCrl.parseAll(name, Files.readAllBytes(directory.resolve(name + "/crl.pem")));
      assertThat(lists).hasSize(2);
      CompactCrl own = lists.get(0);
      MadeIdentity made = MadeIdentity.in(directory.resolve("client"));
      own.verify(made.intermediate().getPublicKey());
      lists.get(1).verify(made.anchors().get(0).getPublicKey());
      assertThat(own.issuer()).isEqualTo(made.intermediate().getSubjectX500Principal());
      assertThat(own.contains(issued.serial())).isTrue();
      assertThat(own.contains(made.leaf().getSerialNumber())).isFalse();
      assertThat(own.thisUpdate()).isEqualTo(clock.instant().minus(Duration.ofMinutes(5)));
      assertThat(own.nextUpdate()).isEqualTo(clock.instant().plus(Duration.ofDays(7)));
    }
    assertRefused(Reason.UNKNOWN_SERIAL, () -> authority.revoke("server", Optional.empty()));
    authority.issue(IdentityRequest.named("late").withSpiffeId(DOMAIN.id("late")));
    assertThat(directory.resolve("late/crl.pem")).exists();
  }

  @Test
  void numbersOfRevocationListsGrow() throws Exception {
    authority.issue(server);
    authority.refreshCrl();
    authority.refreshCrl();

    List<CompactCrl> lists =
        CompactCrl.parseAll("crl", Files.readAllBytes(directory.resolve("server/crl.pem")));

    assertThat(lists).extracting(CompactCrl::number).containsOnly(BigInteger.TWO);
  }

  private static void assertRefused(Reason reason, ThrowingCallable call) {
    assertThat(catchThrowableOfType(PkiException.class, call)).isNotNull();
    assertThat(catchThrowableOfType(PkiException.class, call).reason()).isEqualTo(reason);
  }

  private static String rights(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
