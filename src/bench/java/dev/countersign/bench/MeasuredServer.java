package dev.countersign.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** A server process that is asked what it spends. */
final class MeasuredServer implements AutoCloseable {
  private static final Pattern COMPILER = Pattern.compile("^C[12] Compiler");

  private final Process process;
  private final BufferedReader answers;
  private final PrintStream questions;
  private final Path log;
  final int port;

  private MeasuredServer(List<String> command, int port) throws IOException {
    this.log = Files.createTempFile("measured-server", ".log");
    log.toFile().deleteOnExit();
    this.process = new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
    this.answers = process.inputReader(StandardCharsets.US_ASCII);
    this.questions = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
    this.port = port == 0 ? Integer.parseInt(answers.readLine()) : port;
  }

  /** {@link HandshakeServers} with an identity directory. */
  static MeasuredServer java(String kind, Path identity) throws IOException {
    return new MeasuredServer(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UseDynamicNumberOfCompilerThreads",
            "-cp",
            System.getProperty("java.class.path"),
            HandshakeServers.class.getName(),
            kind,
            identity.toString()),
        0);
  }

  /** {@code openssl s_server} with an identity directory; the port must be free. */
  static MeasuredServer openssl(Path identity, int port) throws IOException {
    return new MeasuredServer(
        List.of(
            "openssl",
            "s_server",
            "-quiet",
            "-accept",
            "127.0.0.1:" + port,
            "-tls1_3",
            "-cert",
            identity.resolve("tls.crt").toString(),
            "-cert_chain",
            identity.resolve("tls.crt").toString(),
            "-key",
            identity.resolve("tls.key").toString(),
            "-CAfile",
            identity.resolve("ca.crt").toString(),
            "-Verify",
            "3",
            "-verify_return_error"),
        port);
  }

  /** What it has said of its troubles. */
  String log() throws IOException {
    return Files.readString(log);
  }

  /**
   * Processor time since its start, of its threads; without that of the JVM's compilers, which have done their work in a
   * server that has run for long.
   */
  double processorMillis() throws IOException {
    return 1_000
        * BenchProcess.processorSeconds(
            process.pid(), name -> !COMPILER.matcher(name).find());
  }

  /** Bytes allocated since its start. */
  long allocated() throws IOException {
    questions.println();
    return Long.parseLong(answers.readLine());
  }

  @Override
  public void close() {
    process.destroy();
  }
}
