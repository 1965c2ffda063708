package dev.countersign.cli;

import dev.countersign.identity.IdentityException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, in our words instead of picocli's. */
final class UsageMistake {
  private final CommandLine command;
  private final List<String> hints = new ArrayList<>();

  private UsageMistake(CommandLine command) {
    this.command = command;
  }

  static CommandException explain(ParameterException thrown, EnvironmentFlags flags) {
    UsageMistake mistake = new UsageMistake(thrown.getCommandLine());
    String problem = mistake.problem(thrown, flags);
    if (!(thrown instanceof UnmatchedArgumentException)) {
      mistake.suggestForMistypedFlag(flags.arguments());
    }
    if (thrown.getArgSpec() instanceof OptionSpec option) {
      flags
          .variableOf(option.longestName())
          .ifPresent(variable ->
              mistake.hints.add(option.longestName() + " comes from " + variable + " here"));
    }
    mistake.hints.add("see \"" + mistake.name() + " --help\"");
    return new CommandException(ExitCode.USAGE, List.of(problem), mistake.hints);
  }

  private String problem(ParameterException thrown, EnvironmentFlags flags) {
    if (thrown instanceof UnmatchedArgumentException unmatched) {
      return unknown(unmatched.getUnmatched().get(0));
    }
    if (thrown instanceof MissingParameterException missing) {
      return missing(missing.getMissing(), flags);
    }
    if (thrown instanceof OverwrittenOptionException twice) {
      return nameOf(twice.getOverwritten()) + " is given more than once";
    }
    ArgSpec argument = thrown.getArgSpec();
    if (argument != null && thrown.getCause() instanceof TypeConversionException wrong) {
      return nameOf(argument) + " " + wrong.getMessage();
    }
    if (argument != null && thrown.getCause() instanceof IdentityException wrong) {
      return nameOf(argument) + ": " + wrong.getMessage();
    }
    if (thrown.getCause() instanceof CommandException ours) {
      throw ours;
    }
    if (thrown.getCause() instanceof RuntimeException bug) {
      throw bug;
    }
    return String.valueOf(thrown.getMessage());
  }

  private String unknown(String argument) {
    if (argument.startsWith("-")) {
      String flag = argument.split("=", 2)[0];
      suggest(flag, command.getCommandSpec().optionsMap().keySet());
      return name() + " has no flag " + Printable.quoted(flag);
    }
    Collection<String> commands = command.getSubcommands().keySet();
    if (!commands.isEmpty()) {
      suggest(argument, commands);
      return name() + " has no command " + Printable.quoted(argument);
    }
    return name() + " does not expect another argument: " + Printable.quoted(argument);
  }

  /** A flag that is not known may be why another thing is missing. */
  private void suggestForMistypedFlag(List<String> arguments) {
    Collection<String> known = command.getCommandSpec().optionsMap().keySet();
    arguments.stream()
        .filter(argument -> argument.startsWith("--") && argument.length() > 2)
        .map(argument -> argument.split("=", 2)[0])
        .filter(flag -> !known.contains(flag))
        .findFirst()
        .ifPresent(flag -> suggest(flag, known));
  }

  private void suggest(String typed, Collection<String> known) {
    Nearest.to(typed, known).ifPresent(name -> hints.add("did you mean \"" + name + "\"?"));
  }

  private String missing(List<ArgSpec> missing, EnvironmentFlags flags) {
    ArgSpec first = missing.get(0);
    if (first instanceof OptionSpec option && isGiven(option, flags.arguments())) {
      return option.longestName() + " needs a value (" + option.paramLabel() + ")";
    }
    return name() + " needs "
        + String.join(" and ", missing.stream().map(this::asTyped).toList());
  }

  private static boolean isGiven(OptionSpec option, List<String> arguments) {
    return List.of(option.names()).stream().anyMatch(arguments::contains);
  }

  private String asTyped(ArgSpec argument) {
    return argument instanceof OptionSpec option
        ? option.longestName() + " " + option.paramLabel()
        : argument.paramLabel();
  }

  private static String nameOf(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private String name() {
    return command.getCommandSpec().qualifiedName();
  }
}
