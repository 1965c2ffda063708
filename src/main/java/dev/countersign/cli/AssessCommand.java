package dev.countersign.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "assess",
    header = "Attack a live endpoint and report what it lets through.",
    description = {"", "Not in this version yet."},
    footer = {
      "",
      "Example:",
      "  countersign assess --target 127.0.0.1:8443 --transport mtls --identity certs/out/operator"
    })
final class AssessCommand extends Subcommand {
  @Option(
      names = "--target",
      paramLabel = "HOST:PORT",
      converter = HostPort.Destination.class,
      description = "The endpoint.")
  @Nullable
  HostPort target;

  @Option(names = "--transport", paramLabel = "mtls|alts", description = "What it speaks.")
  @Nullable
  String transport;

  @Option(names = "--identity", paramLabel = "DIR", description = "An identity that it allows.")
  @Nullable
  Path identity;

  @Option(
      names = "--method",
      paramLabel = "package.Service/Method",
      converter = MethodName.Converter.class,
      description = "A method that the identity may call, for the positive controls"
          + " (default: grpc.health.v1.Health/Check).")
  MethodName method = new MethodName("grpc.health.v1.Health", "Check");

  @Option(
      names = "--denied-identity",
      paramLabel = "DIR",
      description = "A valid identity without a rule.")
  @Nullable
  Path deniedIdentity;

  @Option(
      names = "--ca-dir",
      paramLabel = "DIR",
      description = "The authority, to issue certificates with one thing wrong.")
  @Nullable
  Path caDir;

  @Option(
      names = "--i-may-attack-this-target",
      description = "Allow the checks that can disturb a target that is not on this machine.")
  boolean mayAttack;

  @Option(
      names = "--insecure-alts-emulator",
      paramLabel = "HOST:PORT",
      converter = HostPort.Destination.class,
      description = "Speak ALTS through an emulated handshaker: no security at all.")
  @Nullable
  HostPort emulator;

  @Option(
      names = "--format",
      paramLabel = "text|json|junit|html",
      description = "The report's form (default: text).")
  @Nullable
  String format;

  @Option(names = "--out", paramLabel = "FILE", description = "Where the report goes.")
  @Nullable
  Path out;

  @Option(names = "--only", paramLabel = "CHECK", description = "Run this check; may be repeated.")
  List<String> only = List.of();

  @Option(names = "--list", description = "List the checks and exit.")
  boolean list;

  AssessCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() {
    throw CommandException.notYet("assess");
  }
}
