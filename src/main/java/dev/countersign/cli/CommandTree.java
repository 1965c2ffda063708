package dev.countersign.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;

/** Every command there is, in the order in which help lists them. */
final class CommandTree {
  private static final int HELP_WIDTH = 100;
  private static final String COMPLETION = "completion";

  private CommandTree() {}

  static CommandLine in(Terminal terminal, Wiring wiring) {
    CommandLine root = new CommandLine(new RootCommand(terminal));
    commands(terminal, wiring).values().forEach(command -> root.addSubcommand(command.get()));
    return configured(root);
  }

  /**
   * The same for one run: only the command that the first word names, because picocli looks at every flag of every command that
   * it is given, which is a quarter of a start. All of them if the word names none, or one that asks about the others.
   */
  static CommandLine in(Terminal terminal, Wiring wiring, List<String> words) {
    Supplier<Object> named = words.isEmpty() ? null : commands(terminal, wiring).get(words.get(0));
    if (named == null || words.get(0).equals(COMPLETION)) {
      return in(terminal, wiring);
    }
    return configured(new CommandLine(new RootCommand(terminal)).addSubcommand(named.get()));
  }

  private static Map<String, Supplier<Object>> commands(Terminal terminal, Wiring wiring) {
    Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
    commands.put("serve", () -> new ServeCommand(terminal, wiring.server()));
    commands.put("call", () -> new CallCommand(terminal, wiring.channels()));
    commands.put("doctor", () -> new DoctorCommand(terminal, wiring.doctor()));
    commands.put("probe", () -> new ProbeCommand(terminal, wiring.channels()));
    commands.put("certs", () -> CertsCommand.in(terminal));
    commands.put("policy", () -> PolicyCommand.in(terminal));
    commands.put("assess", () -> new AssessCommand(terminal));
    commands.put("emulate-gce", () -> new EmulateGceCommand(terminal));
    commands.put(COMPLETION, () -> new CompletionCommand(terminal));
    return commands;
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
