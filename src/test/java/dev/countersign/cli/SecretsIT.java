package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.pem.Pem;
import dev.countersign.pem.PemPrivateKey;
import dev.countersign.pki.KeyAlgorithm;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The processes {@code serve} and {@code call}, at the loudest, with good and with broken identities: no key and no
 * password is in anything that they wrote, said or were started with.
 */
final class SecretsIT {
  private static final String PASSWORD = "canary-Passw0rd-of-a-key";

  @TempDir
  private Path directory;

  private Path temporary;
  private Path identity;
  private Path policy;
  private ServedIdentities identities;
  private KeySearch secrets;
  private final Map<Path, String> good = new LinkedHashMap<>();

  @BeforeEach
  void identities() throws Exception {
    identities = ServedIdentities.in(Files.createDirectory(directory.resolve("files")));
    remember();
  }

  private void remember() throws Exception {
    temporary = Files.createDirectories(directory.resolve("tmp"));
    identity = identities.identity("server");
    policy = directory.resolve("files/policy.json");
    secrets = new KeySearch().add(PASSWORD);
    for (String name : List.of("server", "operator", "viewer")) {
      secrets.add(keyOf(name));
    }
    for (Path file : List.of(
        identity.resolve("tls.crt"),
        identity.resolve("tls.key"),
        identity.resolve("ca.crt"),
        policy)) {
      good.put(file, Files.readString(file));
    }
  }

  @ParameterizedTest
  @CsvSource({"boringssl, ECDSA_P256", "jdk, RSA_3072"})
  void nothingSecretIsWrittenWhileFilesBreakUnderAServer(String provider, KeyAlgorithm keys)
      throws Exception {
    identities.issue("server", keys);
    identities.issue("operator", keys);
    remember();
    Path run = directory.resolve("run");
    List<String> words = loud(
        run.resolve("everything.log"),
        identities.serve(run, "--reload-every=50ms", "--tls-provider=" + provider));
    List<String> said = new ArrayList<>();
    try (ServeProcess server = ServeProcess.start(run, words)) {
      ServeProcess.Ready ready = server.ready();
      assertThat(identities
              .call(ready.target(), "operator", ServedIdentities.SERVER)
              .exitCode())
          .isZero();
      assertThat(
              identities.call(ready.target(), "viewer", ServedIdentities.SERVER).exitCode())
          .isEqualTo(1);
      for (Broken broken : broken()) {
        place(broken.file(), broken.content());
        awaitRefusal(server, broken.told());
        for (String path : List.of("/metrics", "/readyz", "/livez", "/identities", "/shadow")) {
          said.add(admin(ready.admin(), path));
        }
        restore();
      }
      said.add(Files.readString(Path.of("/proc/" + server.pid() + "/cmdline")));
      said.add(Files.readString(Path.of("/proc/" + server.pid() + "/environ")));
      server.terminate();
      assertThat(server.exitCode()).isEqualTo(143);
    }

    assertThat(said).anyMatch(text -> text.contains("# TYPE"));
    assertThat(said).anyMatch(text -> text.contains("serve\0--listen"));
    assertThat(said).allSatisfy(text -> assertThat(secrets.in(text)).isEmpty());
    assertThat(Files.size(run.resolve("everything.log"))).isGreaterThan(10_000);
    assertThat(secrets.below(directory, List.of(directory.resolve("files")))).isEmpty();
  }

  @Test
  void nothingSecretIsWrittenWhenBrokenFilesAreRefusedAtTheStart() throws Exception {
    int number = 0;
    for (Broken broken : broken()) {
      place(broken.file(), broken.content());
      Path run = directory.resolve("run-" + number++);
      Files.createDirectories(run);
      try (ServeProcess server =
          ServeProcess.start(run, loud(run.resolve("everything.log"), identities.serve(run)))) {
        assertThat(server.exitCode()).as(broken.told()).isEqualTo(1);
        assertThat(server.err()).contains("countersign: error: ", broken.told());
      }
      restore();
    }
    assertThat(secrets.below(directory, List.of(directory.resolve("files")))).isEmpty();
  }

  @Test
  void aClientWritesNothingSecretEither() throws Exception {
    Path run = Files.createDirectories(directory.resolve("run"));
    Files.writeString(
        identities.identity("operator").resolve("tls.key"), encrypted(keyOf("operator")));
    List<String> call = List.of(
        "call",
        "--target=mtls=127.0.0.1:1",
        "--identity=" + identities.identity("operator"),
        "--expect-server=" + ServedIdentities.SERVER,
        "routeguide.RouteGuide/GetFeature");
    try (ServeProcess client = ServeProcess.start(run, loud(run.resolve("everything.log"), call))) {
      assertThat(client.exitCode()).isNotZero();
      assertThat(client.err()).contains("encrypted private key");
    }
    assertThat(secrets.below(directory, List.of(directory.resolve("files")))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"ECDSA_P256", "RSA_3072"})
  void theSearchFindsAKeyInEveryForm(KeyAlgorithm keys) throws Exception {
    identities.issue("server", keys);
    remember();
    PrivateKey key = keyOf("server");
    byte[] der = key.getEncoded();
    String hex = HexFormat.of().formatHex(der);
    for (String text : List.of(
        Files.readString(identity.resolve("tls.key")),
        "x" + hex,
        hex.toUpperCase(Locale.ROOT),
        HexFormat.ofDelimiter(":").formatHex(der),
        Base64.getUrlEncoder().encodeToString(der),
        new String(der, StandardCharsets.ISO_8859_1),
        key + " " + secretNumber(key),
        "with " + PASSWORD + " in it")) {
      assertThat(secrets.in(text)).isNotEmpty();
    }
    assertThat(secrets.in(Files.readString(identity.resolve("tls.crt")))).isEmpty();
    assertThat(secrets.below(directory, List.of()))
        .contains(identity.resolve("tls.key"))
        .doesNotContain(identity.resolve("tls.crt"));
  }

  private static BigInteger secretNumber(PrivateKey key) {
    return key instanceof RSAPrivateKey rsa
        ? rsa.getPrivateExponent()
        : ((ECPrivateKey) key).getS();
  }

  /** A file that cannot be used, with a key or a password where it may be quoted from, and what must be told. */
  private record Broken(Path file, String content, String told) {}

  private List<Broken> broken() throws Exception {
    String key = text("tls.key");
    Path keyFile = identity.resolve("tls.key");
    return List.of(
        new Broken(keyFile, encrypted(keyOf("server")), "encrypted private key"),
        new Broken(keyFile, key.substring(0, key.length() / 2), "is the file cut off?"),
        new Broken(keyFile, key.replace("\nM", "\n!"), "does not hold Base64"),
        new Broken(
            keyFile,
            Files.readString(identities.identity("viewer").resolve("tls.key")),
            "is not the key of certificate"),
        new Broken(identity.resolve("tls.crt"), text("tls.crt") + key, "holds a private key"),
        new Broken(identity.resolve("ca.crt"), key, "holds 0 certificates"),
        new Broken(
            identity.resolve("crl.pem"),
            key.replace("PRIVATE KEY", "X509 CRL"),
            "revocation list that does not parse"),
        new Broken(
            policy, "{\"name\":\"" + key.replace("\n", "") + "\"}" + key, "lacks \"allow_rules\""));
  }

  private static String encrypted(PrivateKey key) {
    return Pem.write("EC PRIVATE KEY", key.getEncoded())
        .replace(
            "KEY-----\nM", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: " + PASSWORD + "\n\nM");
  }

  private void place(Path file, String content) throws Exception {
    Path written = Files.writeString(directory.resolve("files/new"), content);
    Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rw-------"));
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void restore() throws Exception {
    for (Map.Entry<Path, String> file : good.entrySet()) {
      place(file.getKey(), file.getValue());
    }
    Files.deleteIfExists(identity.resolve("crl.pem"));
  }

  /** Waits until the server told that it kept what it had, and why. */
  private static void awaitRefusal(ServeProcess server, String why) throws Exception {
    ServeProcess.await(() -> isTold(server, why));
    assertThat(isTold(server, why)).as("%s", why).isTrue();
  }

  private static boolean isTold(ServeProcess server, String why) throws Exception {
    return server.err().lines().anyMatch(line -> line.contains("kept") && line.contains(why));
  }

  private List<String> loud(Path log, List<String> command) throws Exception {
    return LoudMain.words(temporary, log, command);
  }

  private static String admin(String address, String path) throws Exception {
    int colon = address.lastIndexOf(':');
    try (Socket socket = new Socket(
        InetAddress.getByName(address.substring(0, colon)),
        Integer.parseInt(address.substring(colon + 1)))) {
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write(bytes("GET " + path + " HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n"));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private PrivateKey keyOf(String name) throws Exception {
    return PemPrivateKey.parse(
        name, Files.readAllBytes(identities.identity(name).resolve("tls.key")));
  }

  private String text(String name) {
    return good.getOrDefault(identity.resolve(name), "");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
