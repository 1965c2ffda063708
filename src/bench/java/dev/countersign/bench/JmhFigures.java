package dev.countersign.bench;

import dev.countersign.emulator.HandshakeBenchmark;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks that JMH measures and gives their figures. Arguments: {@code policy} or {@code handshakes}, then
 * options of JMH.
 */
final class JmhFigures {
  private static final String POLICY = PolicyDecisionBench.class.getSimpleName();

  private JmhFigures() {}

  public static void main(String[] args) throws Exception {
    String[] options = List.of(args).subList(1, args.length).toArray(String[]::new);
    if (args[0].equals("policy")) {
      policy(options);
    } else {
      run(HandshakeBenchmark.class.getSimpleName(), options)
          .forEach((name, result) -> Figure.of("alts-handshakes", "new ALTS connections: " + name)
              .measured(result.getPrimaryResult().getScore(), "/s")
              .record());
    }
  }

  private static void policy(String[] options) throws Exception {
    Map<String, RunResult> results = run(POLICY, options);
    results.forEach((name, result) -> {
      Figure figure = Figure.of("policy", name)
          .measured(
              result.getPrimaryResult().getScore(), result.getPrimaryResult().getScoreUnit());
      RunResult engine = engineBeside(name, results);
      if (engine != null) {
        double ratio =
            engine.getPrimaryResult().getScore() / result.getPrimaryResult().getScore();
        figure.beside("the unpublished engine (times as fast)", ratio).saneBetween(0.1, 1e7);
        if (name.equals("uncached, ONE_PATH, 1000 rules")) {
          figure.ratioAtLeast(1000);
        }
      }
      if (name.startsWith("load")) {
        figure.atMost(1000);
      } else if (name.startsWith("prepared, ") && !name.contains("HEADER")) {
        figure.atMost(30);
      } else if (name.equals("uncached, EXACT, 100000 rules")) {
        figure.atMost(300);
      } else if (name.contains("HEADER, 1000 ")) {
        figure.atMost(1000);
      }
      figure.record();
    });
  }

  private static @org.jspecify.annotations.Nullable RunResult engineBeside(
      String name, Map<String, RunResult> results) {
    return name.startsWith("unpublishedEngine")
        ? null
        : results.get(name.replaceFirst("^\\w+", "unpublishedEngine"));
  }

  private static Map<String, RunResult> run(String benchmark, String[] options)
      throws RunnerException, CommandLineOptionException {
    OptionsBuilder builder = new OptionsBuilder();
    builder.parent(new CommandLineOptions(options)).include(benchmark).shouldFailOnError(true);
    if (Effort.isSmoke()) {
      builder
          .forks(0)
          .warmupIterations(0)
          .measurementIterations(1)
          .measurementTime(TimeValue.milliseconds(20));
    }
    Collection<RunResult> results = new Runner(builder.build()).run();
    Map<String, RunResult> named = new LinkedHashMap<>();
    results.forEach(result -> named.put(name(result), result));
    return named;
  }

  private static String name(RunResult result) {
    List<String> parts = new ArrayList<>();
    parts.add(result.getPrimaryResult().getLabel());
    for (String parameter : List.of("shape", "rules")) {
      String value = result.getParams().getParam(parameter);
      if (value != null) {
        parts.add(parameter.equals("rules") ? value + " rules" : value);
      }
    }
    return String.join(", ", parts);
  }
}
