package dev.countersign.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the machine did while a benchmark ran: the load average, the processor time that went to others and that the
 * hypervisor took, and which other processes were busy. {@code about} names the machine, {@code begin FILE} keeps where the counters stand, {@code end FILE
 * BENCH} says what came since. The processes below the shell that runs this are the benchmark's own. Without {@code /proc}
 * it says so.
 */
final class MachineState {
  private static final double TICKS_PER_SECOND = 100;
  private static final int STEAL = 8;
  private static final int WAITED_USER = 13;
  private static final double BUSY_SECONDS = 0.5;
  private static final Path PROC = Path.of("/proc");

  private MachineState() {}

  public static void main(String[] args) throws IOException {
    if (args[0].equals("about")) {
      about();
      return;
    }
    if (!Files.isReadable(PROC.resolve("stat"))) {
      say("what else ran is not known: there is no /proc here");
      return;
    }
    Path file = Path.of(args[1]);
    if (args[0].equals("begin")) {
      Files.write(
          file,
          counters().entrySet().stream()
              .map(each -> each.getKey() + " " + each.getValue())
              .toList());
    } else {
      Map<String, Double> before = new HashMap<>();
      for (String line : Files.readAllLines(file)) {
        int space = line.lastIndexOf(' ');
        before.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
      }
      say(args[2], before, counters());
    }
  }

  private static void about() throws IOException {
    Path processor = PROC.resolve("cpuinfo");
    String model = Files.isReadable(processor)
        ? Files.readAllLines(processor).stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> ", " + line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("")
        : "";
    say(String.format(
        Locale.ROOT,
        "%s, %s %s, %d processors%s; Java %s%s",
        InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors(),
        model,
        Runtime.version(),
        Effort.isSmoke() ? "; a smoke run: these figures say nothing" : ""));
  }

  private static void say(String line) {
    System.out.println(line);
    Records.append(Map.of("kind", "machine", "said", line));
  }

  private static void say(String bench, Map<String, Double> before, Map<String, Double> after) {
    double seconds = since("#uptime", before, after);
    double own = since("#own", before, after);
    double others = Math.max(0, since("#busy", before, after) - own);
    String busy = after.keySet().stream()
        .filter(name -> !name.startsWith("#") && since(name, before, after) > BUSY_SECONDS)
        .sorted(Comparator.comparingDouble(name -> -since(name, before, after)))
        .limit(5)
        .map(name -> String.format(
            Locale.ROOT, "%s %.1f s", name.split(" ", 2)[1], since(name, before, after)))
        .collect(Collectors.joining(", "));
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("kind", "machine");
    values.put("bench", bench);
    values.put("seconds", seconds);
    values.put("loadBefore", before.get("#load"));
    values.put("loadAfter", after.get("#load"));
    values.put("ownSeconds", own);
    values.put("otherSeconds", others);
    values.put("stolenSeconds", since("#steal", before, after));
    values.put("busy", busy);
    Records.append(values);
    System.out.println(line(values));
  }

  static String line(Map<String, Object> values) {
    return String.format(
        Locale.ROOT,
        "%s: %s s; load average %s before, %s after; processor time: %s s its own, %s s of others, %s s stolen%s",
        values.get("bench"),
        Figure.text(values.get("seconds")),
        Figure.text(values.get("loadBefore")),
        Figure.text(values.get("loadAfter")),
        Figure.text(values.get("ownSeconds")),
        Figure.text(values.get("otherSeconds")),
        Figure.text(values.get("stolenSeconds")),
        values.get("busy").equals("") ? "" : "; busy besides: " + values.get("busy"));
  }

  private static double since(String name, Map<String, Double> before, Map<String, Double> after) {
    return after.getOrDefault(name, 0.0) - before.getOrDefault(name, 0.0);
  }

  private static Map<String, Double> counters() throws IOException {
    Map<String, Double> counters = new LinkedHashMap<>();
    counters.put("#uptime", first("uptime"));
    counters.put("#load", first("loadavg"));
    double[] ticks = Arrays.stream(
            Files.readAllLines(PROC.resolve("stat")).get(0).split(" +"))
        .skip(1)
        .mapToDouble(Double::parseDouble)
        .toArray();
    // user, nice, system, (idle, iowait,) irq, softirq; guests are a part of user.
    counters.put(
        "#busy", (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / TICKS_PER_SECOND);
    counters.put("#steal", ticks[STEAL - 1] / TICKS_PER_SECOND);
    ProcessHandle shell = ProcessHandle.current().parent().orElseThrow();
    counters.put("#own", ownSeconds(shell));
    Set<Long> ours = Stream.concat(ancestors(), shell.descendants().map(ProcessHandle::pid))
        .collect(Collectors.toSet());
    for (long pid : pids()) {
      if (!ours.contains(pid)) {
        stat(pid, counters);
      }
    }
    return counters;
  }

  private static double first(String file) throws IOException {
    return Double.parseDouble(Files.readString(PROC.resolve(file)).split(" ", 2)[0]);
  }

  /** The shell's, and that of the processes below it that have ended. */
  private static double ownSeconds(ProcessHandle shell) throws IOException {
    String[] fields = fields(Files.readString(PROC.resolve(shell.pid() + "/stat")));
    double ticks = 0;
    for (int field = WAITED_USER - 2; field < WAITED_USER + 2; field++) {
      ticks += Double.parseDouble(fields[field]);
    }
    return ticks / TICKS_PER_SECOND;
  }

  /** What stands behind the name, which may hold anything; the first is the state. */
  private static String[] fields(String stat) {
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
  }

  private static void stat(long pid, Map<String, Double> counters) {
    try {
      String stat = Files.readString(PROC.resolve(pid + "/stat"));
      String[] fields = fields(stat);
      double ticks =
          Double.parseDouble(fields[WAITED_USER - 2]) + Double.parseDouble(fields[WAITED_USER - 1]);
      String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      counters.put(pid + " " + name.replaceAll("\\s", "_"), ticks / TICKS_PER_SECOND);
    } catch (IOException e) {
      // It has ended since it was listed.
      counters.remove(Long.toString(pid));
    }
  }

  private static Stream<Long> ancestors() {
    List<Long> pids = new ArrayList<>();
    for (Optional<ProcessHandle> next = Optional.of(ProcessHandle.current());
        next.isPresent();
        next = next.get().parent()) {
      pids.add(next.get().pid());
    }
    return pids.stream();
  }

  private static List<Long> pids() throws IOException {
    try (Stream<Path> files = Files.list(PROC)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("\\d+"))
          .map(Long::valueOf)
          .toList();
    }
  }
}
