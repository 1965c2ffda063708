package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.NaiveServer.Weak;
import java.io.BufferedReader;
import java.io.Closeable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.Security;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A server on the JDK's TLS that negotiates one thing that should be gone, beside TLS 1.3. It runs in a process of its own:
 * what the JDK has switched off it reads once, before it can be told otherwise where other tests have used it.
 */
final class OldTls implements Closeable {
  private static final List<String> TLS_1_3 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384");
  private static final String CBC = "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA";

  /** What each negotiates; an RSA key takes a certificate of its own. */
  private static final Map<String, Old> BY_CHECK = Map.of(
      "ssl-3", new Old("SSLv3", CBC, "server"),
      "tls-1-0", new Old("TLSv1", CBC, "server"),
      "tls-1-1", new Old("TLSv1.1", CBC, "server"),
      "tls-1-2-cbc", new Old("TLSv1.2", CBC, "server"),
      "tls-1-2-rsa-key-exchange",
          new Old("TLSv1.2", "TLS_RSA_WITH_AES_128_GCM_SHA256", WeakServers.RSA_SERVER),
      "tls-1-2-broken-suites", new Old("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_NULL_SHA", "server"));

  private final Process process;

  private record Old(String version, String suite, String identity) {}

  private OldTls(Process process) {
    this.process = process;
  }

  /** Serves until its input ends: the directory of the identities, and the check that should find it. */
  public static void main(String[] arguments) throws Exception {
    Security.setProperty("jdk.tls.disabledAlgorithms", "");
    Security.setProperty("jdk.certpath.disabledAlgorithms", "");
    Old old = java.util.Objects.requireNonNull(BY_CHECK.get(arguments[1]));
    Weak weak = new Weak();
    weak.answer = WeakServers::right;
    weak.tls = parameters -> {
      parameters.setProtocols(new String[] {"TLSv1.3", old.version()});
      parameters.setCipherSuites(
          Stream.concat(TLS_1_3.stream(), Stream.of(old.suite())).toArray(String[]::new));
    };
    try (WeakServers servers = WeakServers.beside(Path.of(arguments[0]))) {
      System.out.println(
          servers.naive(old.identity(), Oversight.NONE, List.of(), weak).getPort());
      System.in.transferTo(java.io.OutputStream.nullOutputStream());
    }
  }

  /** Starts the server that a check should find. */
  static InetSocketAddress start(WeakServers servers, String check) throws Exception {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            OldTls.class.getName(),
            servers.directory().toString(),
            check)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    servers.keep(new OldTls(process));
    BufferedReader output = process.inputReader();
    String port = output.readLine();
    assertThat(port).as("the port of the server for " + check).isNotNull();
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
