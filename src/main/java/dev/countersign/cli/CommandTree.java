package dev.countersign.cli;

import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;

/** Every command there is, in the order in which help lists them. */
final class CommandTree {
  private static final int HELP_WIDTH = 100;

  private CommandTree() {}

  static CommandLine in(Terminal terminal, Wiring wiring) {
    CommandLine root = new CommandLine(new RootCommand(terminal));
    root.addSubcommand(new ServeCommand(terminal, wiring.server()));
    root.addSubcommand(new CallCommand(terminal, wiring.channels()));
    root.addSubcommand(new DoctorCommand(terminal, wiring.doctor()));
    root.addSubcommand(new ProbeCommand(terminal, wiring.channels()));
    root.addSubcommand(CertsCommand.in(terminal));
    root.addSubcommand(PolicyCommand.in(terminal));
    root.addSubcommand(new AssessCommand(terminal));
    root.addSubcommand(new EmulateGceCommand(terminal));
    root.addSubcommand(new CompletionCommand(terminal));
    return configured(root);
  }

  private static CommandLine configured(CommandLine root) {
    // A value may begin with "@" (a service account's domain), so it never names a file of
    // arguments.
    return root.setExpandAtFiles(false)
        .setPosixClusteredShortOptionsAllowed(false)
        .setAllowOptionsAsOptionParameters(false)
        .setUsageHelpWidth(HELP_WIDTH)
        .setUsageHelpAutoWidth(false)
        .setColorScheme(Help.defaultColorScheme(Ansi.OFF));
  }
}
