package dev.countersign.credentials;

import static dev.countersign.credentials.HandClock.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.credentials.KeyMaterialException.Problem;
import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.pem.Pem;
import dev.countersign.pki.CertificateDraft;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way to spoil an identity directory that was good: what is said about it, and what is not. */
final class KeyMaterialProblemsTest {
  @TempDir
  private Path directory;

  /** Spoils a directory that holds this identity. */
  @FunctionalInterface
  interface Spoiler {
    void spoil(Zoo zoo, ForgedCertificate identity, Path directory) throws Exception;
  }

  record Spoilt(String name, Spoiler spoiler, String inMessage, List<Reason> reasons) {
    Spoilt(String name, Spoiler spoiler, String inMessage, Reason... reasons) {
      this(name, spoiler, inMessage, List.of(reasons));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Spoilt> spoilt() {
    List<Spoilt> all = new ArrayList<>(List.of(
        new Spoilt("no key", (zoo, id, in) -> Files.delete(key(in)), "tls.key", Reason.FILE),
        new Spoilt(
            "key that everyone reads",
            (zoo, id, in) -> rights(key(in), "rw-r--r--"),
            "tls.key",
            Reason.FILE),
        new Spoilt(
            "nothing at all",
            (zoo, id, in) -> {
              for (String file : List.of("tls.crt", "tls.key", "ca.crt")) {
                Files.delete(in.resolve(file));
              }
            },
            "ca.crt",
            Reason.FILE,
            Reason.FILE,
            Reason.FILE),
        new Spoilt(
            "certificate and key swapped",
            (zoo, id, in) -> {
              byte[] key = Files.readAllBytes(key(in));
              Files.write(key(in), Files.readAllBytes(in.resolve("tls.crt")));
              Files.write(in.resolve("tls.crt"), key);
            },
            "are certificate and key swapped?",
            Reason.CONTENT,
            Reason.CONTENT),
        new Spoilt(
            "key of another certificate",
            (zoo, id, in) -> Files.writeString(key(in), keyPem(zoo.good())),
            "is not the key of certificate",
            Reason.KEY_MISMATCH),
        new Spoilt(
            "key in the certificate file",
            (zoo, id, in) ->
                Files.writeString(in.resolve("tls.crt"), keyPem(id), StandardOpenOption.APPEND),
            "holds a private key",
            Reason.CONTENT),
        new Spoilt(
            "encrypted key",
            (zoo, id, in) -> Files.writeString(
                key(in), Pem.write("ENCRYPTED PRIVATE KEY", id.privateKey().getEncoded())),
            "encrypted private key",
            Reason.CONTENT),
        new Spoilt(
            "key cut off",
            (zoo, id, in) -> {
              String text = Files.readString(key(in));
              Files.writeString(key(in), text.substring(0, text.length() / 2));
            },
            "tls.key",
            Reason.CONTENT),
        new Spoilt(
            "key with a byte too few",
            (zoo, id, in) -> {
              byte[] der = id.privateKey().getEncoded();
              Files.writeString(
                  key(in), Pem.write("PRIVATE KEY", Arrays.copyOf(der, der.length - 1)));
            },
            "tls.key",
            Reason.CONTENT),
        new Spoilt(
            "broken revocation list",
            (zoo, id, in) -> Files.writeString(in.resolve("crl.pem"), "list"),
            "crl.pem",
            Reason.CONTENT),
        new Spoilt(
            "anchors of another authority",
            (zoo, id, in) -> Files.writeString(in.resolve("ca.crt"), certificate(zoo.partner)),
            "is not trusted",
            Reason.NOT_TRUSTED),
        new Spoilt(
            "leaf as an anchor",
            (zoo, id, in) ->
                Files.writeString(in.resolve("ca.crt"), certificate(id), StandardOpenOption.APPEND),
            "may not issue certificates",
            Reason.ANCHORS)));
    all.addAll(List.of(
        leaf(
            "expired",
            leaf -> leaf.notAfter(START.minusSeconds(1)),
            "2031-05-01T11:59:59Z",
            Reason.EXPIRED),
        leaf(
            "not yet valid",
            leaf -> leaf.notBefore(START.plusSeconds(1)),
            "2031-05-01T12:00:01Z",
            Reason.NOT_YET_VALID),
        leaf(
            "nobody",
            leaf -> leaf.rawNames(new byte[] {0x30, 0}),
            "names nobody",
            Reason.NOT_TRUSTED),
        new Spoilt(
            "for clients only",
            (zoo, id, in) -> zoo.forge
                .leaf()
                .spiffe(Zoo.ID.name())
                .client()
                .issuedBy(zoo.issuing)
                .writeTo(in),
            "extended key usage for a server",
            Reason.WRONG_USE),
        new Spoilt(
            "revoked",
            (zoo, id, in) -> Files.writeString(
                in.resolve("crl.pem"),
                ForgedCrl.of(zoo.root, START) + ForgedCrl.of(zoo.issuing, START, id.certificate())),
            "was revoked; peers with this list refuse us",
            Reason.REVOKED),
        new Spoilt(
            "an authority", (zoo, id, in) -> zoo.root.writeTo(in), "authority", Reason.WRONG_USE)));
    return all;
  }

  @ParameterizedTest
  @MethodSource("spoilt")
  void saysEverythingThatIsWrongAndNothingThatIsSecret(Spoilt spoilt) throws Exception {
    Zoo zoo = new Zoo();
    ForgedCertificate identity = zoo.good();
    identity.writeTo(directory);
    KeyMaterialLoader loader =
        new KeyMaterialLoader(new FileSource(IdentityFiles.in(directory)), Role.SERVER, zoo.clock);
    Credential good = loader.load().credential();

    spoilt.spoiler().spoil(zoo, identity, directory);
    KeyMaterialException e = catchThrowableOfType(KeyMaterialException.class, loader::load);

    assertThat(e.problems()).extracting(Problem::reason).isEqualTo(spoilt.reasons());
    assertThat(e).hasMessageContaining(spoilt.inMessage());
    if (spoilt.reasons().contains(Reason.EXPIRED)
        || spoilt.reasons().contains(Reason.NOT_YET_VALID)) {
      assertThat(e).hasMessageContaining(START.toString());
    }
    assertHoldsNoKey(everythingIn(e) + good, identity);
  }

  @Test
  void everyReasonOccurs() {
    Set<Reason> seen =
        spoilt().stream().flatMap(s -> s.reasons().stream()).collect(Collectors.toSet());
    Set<Reason> ofFiles = EnumSet.complementOf(EnumSet.of(Reason.AGENT));
    assertThat(seen).isEqualTo(ofFiles);
  }

  @Test
  void ourOwnDomainCannotBeFederated() throws Exception {
    Zoo zoo = new Zoo();
    zoo.good().writeTo(directory);
    IdentityFiles files = IdentityFiles.in(directory);
    KeyMaterialLoader loader = new KeyMaterialLoader(
        new FileSource(files.federatedWith(Map.of(Zoo.OTHER_DOMAIN, files.trust()))),
        Role.SERVER,
        zoo.clock);
    assertThat(loader.load().trust().anchors().federated()).containsOnlyKeys(Zoo.OTHER_DOMAIN);

    KeyMaterialLoader contradictory = new KeyMaterialLoader(
        new FileSource(files.federatedWith(Map.of(Zoo.DOMAIN, files.trust()))),
        Role.SERVER,
        zoo.clock);
    assertThat(catchThrowableOfType(KeyMaterialException.class, contradictory::load)
            .problems())
        .extracting(Problem::reason)
        .containsExactly(Reason.ANCHORS);
  }

  private static Spoilt leaf(
      String name,
      java.util.function.UnaryOperator<CertificateDraft> change,
      String inMessage,
      Reason reason) {
    return new Spoilt(
        name,
        (zoo, id, in) -> {
          CertificateDraft draft =
              name.equals("nobody") ? zoo.forge.leaf().clientAndServer() : zoo.leaf();
          change.apply(draft).issuedBy(zoo.issuing).writeTo(in);
        },
        inMessage,
        reason);
  }

  private static void assertHoldsNoKey(String text, ForgedCertificate identity) {
    byte[] key = identity.privateKey().getEncoded();
    String base64 = Base64.getEncoder().encodeToString(key);
    String hex = HexFormat.of().formatHex(key);
    String lower = text.toLowerCase(java.util.Locale.ROOT);
    // The first bytes say only what kind of key it is.
    for (int i = 48; i + 12 <= base64.length(); i++) {
      assertThat(text).doesNotContain(base64.substring(i, i + 12));
    }
    for (int i = 72; i + 16 <= hex.length(); i++) {
      assertThat(lower).doesNotContain(hex.substring(i, i + 16));
    }
  }

  private static String everythingIn(Throwable e) {
    StringBuilder text = new StringBuilder();
    for (Throwable t = e; t != null; t = t.getCause()) {
      text.append(t).append('\n');
      for (Throwable suppressed : t.getSuppressed()) {
        text.append(everythingIn(suppressed));
      }
    }
    return text.toString();
  }

  private static Path key(Path directory) {
    return directory.resolve("tls.key");
  }

  private static void rights(Path path, String rights) throws Exception {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(rights));
  }

  private static String keyPem(ForgedCertificate certificate) {
    return Pem.write("PRIVATE KEY", certificate.privateKey().getEncoded());
  }

  private static String certificate(ForgedCertificate forged) throws Exception {
    X509Certificate certificate = forged.certificate();
    return Pem.write("CERTIFICATE", certificate.getEncoded());
  }
}
