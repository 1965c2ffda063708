package dev.countersign.cli;

import dev.countersign.assessment.About;
import dev.countersign.assessment.Assessment;
import dev.countersign.assessment.Report;
import dev.countersign.assessment.Target;
import dev.countersign.assessment.TargetUnreachableException;
import dev.countersign.credentials.IdentityFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "assess",
    header = "Attack a live endpoint and report what it lets through.",
    description = {
      "",
      "Every check begins with a positive control: the allowed identity calls --method with an"
          + " empty message. A check that could not run is reported as not run, never as passed."
          + " Exits 0 if nothing was found, 1 with findings, 3 if the target does not answer the"
          + " positive control.",
      "",
      "With --ca-dir it issues one identity there, \"" + Target.REVOKED_NAME
          + "\", and revokes it, so that every identity directory of the authority gets a new"
          + " revocation list."
    },
    footer = {
      "",
      "Example:",
      "  countersign assess --target 127.0.0.1:8443 --transport mtls \\",
      "    --identity certs/out/operator --denied-identity certs/out/viewer --ca-dir certs/out"
    })
final class AssessCommand extends Subcommand {
  private static final Duration MOST_ABUSE = Duration.ofSeconds(20);

  @Option(
      names = "--target",
      paramLabel = "HOST:PORT",
      converter = HostPort.Destination.class,
      description = "The endpoint.")
  private @Nullable HostPort target;

  @Option(
      names = "--transport",
      paramLabel = "mtls|alts|auto",
      converter = TransportConverter.class,
      description = "What it speaks; auto asks it.")
  private @Nullable TransportChoice transport;

  @Mixin
  private FileIdentityOptions identity = new FileIdentityOptions();

  @Option(
      names = "--method",
      paramLabel = "package.Service/Method",
      converter = MethodName.Converter.class,
      description = "A method that the identity may call, for the positive controls"
          + " (default: grpc.health.v1.Health/Check).")
  private MethodName method = new MethodName("grpc.health.v1.Health", "Check");

  @Option(
      names = "--denied-identity",
      paramLabel = "DIR",
      description = "A valid identity without a rule.")
  private @Nullable Path deniedIdentity;

  @Option(
      names = "--ca-dir",
      paramLabel = "DIR",
      description = "The authority, to issue certificates with one thing wrong.")
  private @Nullable Path caDir;

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      converter = HostPort.Destination.class,
      description = "The target's admin port, to read what the abusive checks cost it.")
  private @Nullable HostPort admin;

  @Option(
      names = "--abuse-time",
      paramLabel = "D",
      converter = DurationText.class,
      description =
          "How long an abuse is repeated while a well-behaved client calls; the longer, the"
              + " finer the figures (default: 800ms, at most 20s).")
  private @Nullable Duration abuseTime;

  @Option(
      names = "--i-may-attack-this-target",
      description = "Needed for a target that is not on this machine.")
  private boolean mayAttack;

  @Mixin
  private HandshakerOptions handshakers = new HandshakerOptions();

  @Mixin
  private ReportOptions reports = new ReportOptions();

  @Option(names = "--only", paramLabel = "CHECK", description = "Run this check; may be repeated.")
  private List<String> only = List.of();

  @Option(names = "--list", description = "List the checks and exit.")
  private boolean list;

  AssessCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() throws IOException, InterruptedException {
    if (list) {
      Assessment.checks().forEach(this::describe);
      return ExitCode.DONE;
    }
    requireKnownChecks();
    reports.requirePairs();
    requireBoundedAbuse();
    Target attacked = target();
    try {
      Report report = Assessment.run(
          attacked,
          Set.copyOf(only),
          terminal.clock(),
          new AssessmentProgress(terminal, Colours.wanted(terminal.environment())));
      reports.write(report, terminal);
      return report.findings().isEmpty() ? ExitCode.DONE : ExitCode.REFUSED;
    } catch (TargetUnreachableException e) {
      throw CommandException.environment(String.valueOf(e.getMessage()));
    }
  }

  private void describe(About check) {
    terminal
        .out()
        .println(check.name() + " (" + check.group().title() + ", "
            + check.severity().label()
            + ")\n  tries   " + check.tries() + "\n  safe    " + check.safe() + "\n  source  "
            + check.source());
  }

  private void requireBoundedAbuse() {
    if (abuseTime != null && abuseTime.compareTo(MOST_ABUSE) > 0) {
      throw CommandException.usage("--abuse-time may be 20s at most, because a check has a minute");
    }
  }

  private void requireKnownChecks() {
    List<String> known = Assessment.checks().stream().map(About::name).toList();
    for (String name : only) {
      if (!known.contains(name)) {
        throw CommandException.usage(
            "there is no check " + Printable.quoted(name),
            Nearest.to(name, known)
                .map(near -> "did you mean \"" + near + "\"?")
                .orElse("--list shows them"));
      }
    }
  }

  private Target target() {
    HostPort place = Optional.ofNullable(target)
        .orElseThrow(() -> CommandException.usage("a target is needed: --target HOST:PORT"));
    InetSocketAddress address = new InetSocketAddress(place.host(), place.port());
    InetAddress host = address.getAddress();
    if (host == null) {
      throw CommandException.environment(
          "target " + Printable.quoted(place.toString()) + " has no address");
    }
    if (!host.isLoopbackAddress() && !mayAttack) {
      throw CommandException.usage(
          "target " + place + " is not on this machine",
          "--i-may-attack-this-target says that its owner agreed");
    }
    Target attacked = switch (spoken(address)) {
      case MTLS -> Target.mutualTls(address, allowed());
      default -> handshakers.target(address, terminal);
    };
    if (deniedIdentity != null) {
      attacked.deniedIdentity(deniedIdentity);
    }
    if (caDir != null) {
      attacked.authority(caDir);
    }
    if (admin != null) {
      attacked.admin(admin.toString());
    }
    if (abuseTime != null) {
      attacked.abuseTime(abuseTime);
    }
    return attacked.method(method.toString());
  }

  /** What was named, or what the target answers to. */
  private TransportChoice spoken(InetSocketAddress address) {
    if (transport == null) {
      throw CommandException.usage("the transport is needed: --transport mtls, alts or auto");
    }
    TransportChoice named = transport;
    if (named != TransportChoice.AUTO) {
      return named;
    }
    TransportChoice found = SpokenTransport.of(address);
    terminal.say("the target speaks " + found);
    return found;
  }

  private IdentityFiles allowed() {
    return identity
        .files()
        .orElseThrow(() -> CommandException.usage(
            "an identity is needed: --identity DIR, or --cert, --key and --trust"));
  }

  private static final class TransportConverter implements ITypeConverter<TransportChoice> {
    @Override
    public TransportChoice convert(String text) {
      return TransportChoice.parse(text);
    }
  }
}
