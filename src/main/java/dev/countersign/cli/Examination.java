package dev.countersign.cli;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Transport;
import dev.countersign.credentials.TransportUnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What {@code doctor} finds: each thing that was looked at, how long that took, and what it means. */
final class Examination implements Doctor {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final String NO_ALTS = "this version does not look for ALTS";

  /** One thing that was looked at. */
  private record Evidence(String check, String found, long millis, String means) {}

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
      evidence.add(new Evidence("alts", "not looked for", 0, NO_ALTS));
      KeyMaterial material = parts.material();
      if (material != null) {
        evidence.add(timed(
            "identity",
            () -> new Found(
                material.credential().toString(),
                "peers will see " + material.credential().names().get(0))));
        evidence.add(timed("tls", () -> tls(settings, material, problems)));
      }
    }
    if (asJson) {
      terminal.out().println(json(evidence, problems));
    } else {
      print(evidence, problems, terminal);
    }
    return problems.isEmpty() ? ExitCode.DONE : ExitCode.REFUSED;
  }

  private record Found(String what, String means) {}

  private static Evidence timed(String check, Supplier<Found> look) {
    long begin = System.nanoTime();
    Found found = look.get();
    return new Evidence(
        check, found.what(), (System.nanoTime() - begin) / NANOS_PER_MILLI, found.means());
  }

  private static Found tls(ServeSettings settings, KeyMaterial material, List<String> problems) {
    try {
      Transport.auto(material, settings.tls());
      return new Found(
          settings.tls().provider() + " takes the key material", "mutual TLS works here");
    } catch (TransportUnavailableException e) {
      problems.add(String.valueOf(e.getMessage()));
      return new Found(e.reason().name(), "serve would refuse to start");
    }
  }

  private static String json(List<Evidence> evidence, List<String> problems) {
    return JsonLine.of(json -> {
      json.writeStringField("transport", "mtls");
      json.writeStringField("reason", NO_ALTS);
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

  private static void print(List<Evidence> evidence, List<String> problems, Terminal terminal) {
    terminal.out().println("transport: mtls (" + NO_ALTS + ")");
    for (Evidence item : evidence) {
      terminal
          .out()
          .println("  " + item.check() + ": " + Printable.of(item.found()) + " (" + item.millis()
              + " ms): " + item.means());
    }
    for (String problem : problems) {
      terminal.out().println("problem: " + Printable.of(problem));
    }
  }
}
