package dev.countersign.cli;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Transport;
import dev.countersign.credentials.TransportUnavailableException;
import dev.countersign.platform.AltsVerdict;
import dev.countersign.platform.Evidence;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What {@code doctor} finds: each thing that was looked at, how long that took, and what it means. */
final class Examination implements Doctor {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** The transport that the first listener would have. */
  private record Choice(String transport, String reason) {}

  @Override
  public ExitCode examine(ServeSettings settings, boolean asJson, Terminal terminal)
      throws IOException {
    List<Evidence> evidence = new ArrayList<>();
    List<String> problems = new ArrayList<>(settings.problems());
    long begin = System.nanoTime();
    try (ServerParts parts = ServerParts.read(settings, terminal.clock())) {
      problems.addAll(parts.problems());
      evidence.add(new Evidence(
          "files",
          parts.problems().isEmpty()
              ? "identity, policy and places can be used"
              : parts.problems().size() + " problems",
          (System.nanoTime() - begin) / NANOS_PER_MILLI,
          parts.problems().isEmpty()
              ? "a server can be made of them"
              : "serve would refuse to start"));
      KeyMaterial material = parts.material();
      Choice choice = choose(settings, material, terminal, evidence, problems);
      if (material != null) {
        evidence.add(timed(
            "identity",
            () -> new Found(
                material.credential().toString(),
                "peers will see " + material.credential().names().get(0) + ", from "
                    + settings.identity().orElseThrow())));
        evidence.add(timed("tls", () -> tls(settings, material, problems)));
      }
      if (asJson) {
        terminal.out().println(json(choice, evidence, problems));
      } else {
        print(choice, evidence, problems, terminal);
      }
    }
    return problems.isEmpty() ? ExitCode.DONE : ExitCode.REFUSED;
  }

  private static Choice choose(
      ServeSettings settings,
      @Nullable KeyMaterial material,
      Terminal terminal,
      List<Evidence> evidence,
      List<String> problems) {
    Set<TransportChoice> asked = settings.listeners().stream()
        .map(Place::transport)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(TransportChoice.class)));
    if (asked.equals(EnumSet.of(TransportChoice.MTLS))) {
      return new Choice("mtls", "mutual TLS was asked for");
    }
    boolean mustBeAlts = settings.emulator().isPresent() || asked.contains(TransportChoice.ALTS);
    AltsVerdict verdict;
    try (Transports transports =
        new Transports(material, settings.tls(), settings.emulator(), terminal.machine())) {
      verdict = transports.altsVerdict(mustBeAlts ? TransportChoice.ALTS : TransportChoice.AUTO);
    }
    evidence.addAll(verdict.evidence());
    if (verdict.works()) {
      return new Choice(
          "alts", (verdict.isEmulated() ? "emulated, no security: " : "") + verdict.explanation());
    }
    String why = "ALTS is unavailable (" + verdict.reason() + "): " + verdict.explanation();
    if (mustBeAlts) {
      problems.add(why);
    }
    return new Choice("mtls", why);
  }

  private record Found(String what, String means) {}

  private static Evidence timed(String check, Supplier<Found> look) {
    long begin = System.nanoTime();
    Found found = look.get();
    return new Evidence(
        check, found.what(), (System.nanoTime() - begin) / NANOS_PER_MILLI, found.means());
  }

  private static Found tls(ServeSettings settings, KeyMaterial material, List<String> problems) {
    try (Transport mutualTls = Transport.mutualTls(material, settings.tls())) {
      return new Found(
          settings.tls().provider() + " takes the key material", mutualTls.name() + " works here");
    } catch (TransportUnavailableException e) {
      problems.add(String.valueOf(e.getMessage()));
      return new Found(e.reason().name(), "serve would refuse to start");
    }
  }

  private static String json(Choice choice, List<Evidence> evidence, List<String> problems) {
    return JsonLine.of(json -> {
      json.writeStringField("transport", choice.transport());
      json.writeStringField("reason", choice.reason());
      json.writeArrayFieldStart("evidence");
      for (Evidence item : evidence) {
        json.writeStartObject();
        json.writeStringField("check", item.check());
        json.writeStringField("found", item.found());
        json.writeNumberField("millis", item.millis());
        json.writeStringField("means", item.means());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("problems");
      for (String problem : problems) {
        json.writeString(problem);
      }
      json.writeEndArray();
    });
  }

  private static void print(
      Choice choice, List<Evidence> evidence, List<String> problems, Terminal terminal) {
    terminal.out().println("transport: " + choice.transport() + " (" + choice.reason() + ")");
    evidence.forEach(item -> terminal.out().println("  " + Printable.of(item.toString())));
    problems.forEach(problem -> terminal.out().println("problem: " + Printable.of(problem)));
  }
}
