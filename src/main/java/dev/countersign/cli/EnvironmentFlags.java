package dev.countersign.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The arguments, with the flags that the environment gives added: {@code --max-connections} is
 * {@code COUNTERSIGN_MAX_CONNECTIONS}, and counts only if the flag is absent. Flags are added as arguments, not as
 * picocli's default values, because those would be split at commas wherever they come from. Where no identity is named,
 * {@code SPIFFE_ENDPOINT_SOCKET} names an agent (SPIFFE Workload Endpoint section 4).
 *
 * @param arguments the command, the flags from the environment, and what was typed
 * @param variables which variable each added flag came from
 */
record EnvironmentFlags(List<String> arguments, Map<String, String> variables) {
  private static final String PREFIX = "COUNTERSIGN_";
  private static final String AGENT_VARIABLE = "SPIFFE_ENDPOINT_SOCKET";
  private static final String AGENT_FLAG = "--workload-api";
  private static final Set<String> IDENTITY_FLAGS =
      Set.of(AGENT_FLAG, "--identity", "--cert", "--key", "--trust", "--crl");

  EnvironmentFlags {
    arguments = List.copyOf(arguments);
    variables = Map.copyOf(variables);
  }

  static EnvironmentFlags in(
      Map<String, String> environment, CommandLine root, List<String> typed) {
    CommandLine command = root;
    int words = 0;
    for (String word : typed) {
      CommandLine named = command.getSubcommands().get(word);
      if (named == null) {
        break;
      }
      command = named;
      words++;
    }
    List<String> rest = typed.subList(words, typed.size());
    Set<String> given = namesIn(rest);
    List<String> arguments = new ArrayList<>(typed.subList(0, words));
    Map<String, String> variables = new TreeMap<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      String variable = variable(option);
      String value = environment.getOrDefault(variable, "");
      if (!value.isEmpty()
          && !option.usageHelp()
          && !option.versionHelp()
          && Set.of(option.names()).stream().noneMatch(given::contains)) {
        arguments.addAll(asArguments(option, variable, value));
        variables.put(option.longestName(), variable);
      }
    }
    given.addAll(variables.keySet());
    String agent = environment.getOrDefault(AGENT_VARIABLE, "");
    if (!agent.isEmpty()
        && command.getCommandSpec().findOption(AGENT_FLAG) != null
        && Collections.disjoint(given, IDENTITY_FLAGS)) {
      arguments.add(AGENT_FLAG + "=" + agent);
      variables.put(AGENT_FLAG, AGENT_VARIABLE);
    }
    arguments.addAll(rest);
    return new EnvironmentFlags(arguments, variables);
  }

  /** Where a flag came from, if it was the environment. */
  Optional<String> variableOf(String flag) {
    return Optional.ofNullable(variables.get(flag));
  }

  static String variable(OptionSpec option) {
    return PREFIX + option.longestName().substring(2).toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private static Set<String> namesIn(List<String> arguments) {
    Set<String> names = new HashSet<>();
    for (String argument : arguments) {
      if (argument.equals("--")) {
        break;
      }
      names.add(argument.split("=", 2)[0]);
    }
    return names;
  }

  private static List<String> asArguments(OptionSpec option, String variable, String value) {
    String name = option.longestName();
    if (option.arity().max() == 0) {
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "true", "1" -> List.of(name);
        case "false", "0" -> List.of();
        default ->
          throw CommandException.usage(
              variable + " is not true or false: " + Printable.quoted(value));
      };
    }
    if (!option.isMultiValue()) {
      return List.of(name + "=" + value);
    }
    return split(value).stream().map(part -> name + "=" + part).toList();
  }

  /** The parts between commas; a comma inside JSON braces, brackets or quotes separates nothing. */
  static List<String> split(String value) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    int depth = 0;
    boolean quoted = false;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"' && (quoted || depth > 0)) {
        quoted = !quoted;
      } else if (!quoted && (c == '{' || c == '[')) {
        depth++;
      } else if (!quoted && (c == '}' || c == ']')) {
        depth--;
      } else if (!quoted && depth <= 0 && c == ',') {
        parts.add(value.substring(start, i).strip());
        start = i + 1;
      }
    }
    parts.add(value.substring(start).strip());
    parts.removeIf(String::isEmpty);
    return parts;
  }
}
