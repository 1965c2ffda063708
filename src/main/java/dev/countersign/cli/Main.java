package dev.countersign.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;

/** The process {@code countersign}. */
public final class Main {
  private Main() {}

  /**
   * Runs one command and ends the process with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    // Before the first class that takes a logger is initialised, LogSetup among them.
    System.setProperty("java.util.logging.manager", SteadyLogManager.class.getName());
    // The JDK's TLS takes these from nowhere else, and only before it is first used. BoringSSL
    // renegotiates never and has its own list.
    setUnlessSet("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    setUnlessSet("jdk.tls.namedGroups", "x25519,secp256r1,secp384r1");
    // Netty would prepare its events for the flight recorder at each start, about a tenth of it.
    setUnlessSet("io.netty.jfr.enabled", "false");
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    StandardOutput output = new StandardOutput(new FileOutputStream(FileDescriptor.out));
    Terminal terminal = new Terminal(
        System.getenv(), System.in, output.asPrintStream(), err, InstantSource.system());
    int exitCode = runLogged(List.of(args), terminal);
    System.exit(output.exitCode(exitCode, err));
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private static int runLogged(List<String> args, Terminal terminal) {
    try {
      LogSetup.install(terminal.environment(), terminal.err(), terminal.clock());
    } catch (CommandException e) {
      return ErrorReport.print(e, terminal.err()).number();
    }
    return Cli.run(args, terminal, Wiring.ofThisVersion());
  }
}
