package dev.countersign.cli;

import dev.countersign.emulator.AltsEmulator;
import dev.countersign.emulator.EmulatorException;
import dev.countersign.emulator.Fault;
import dev.countersign.emulator.Workload;
import dev.countersign.files.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "emulate-gce",
    header = "Emulate the metadata server and the ALTS handshaker of Google Compute Engine.",
    description = {
      "",
      "It gives no security: every process of this machine can be any of its workloads. It runs until"
          + " it is told to stop. Standard output says where it listens, as JSON."
    },
    footer = {
      "",
      "Example:",
      "  countersign emulate-gce --workload server@demo.iam.gserviceaccount.com=127.0.0.2:8080"
    })
final class EmulateGceCommand extends Subcommand {
  @Option(
      names = "--workload",
      paramLabel = "SERVICE_ACCOUNT=HOST:PORT",
      required = true,
      description = "A workload and where its handshaker listens; may be repeated.")
  private List<String> workloads = List.of();

  @Option(
      names = "--metadata",
      paramLabel = "[SERVICE_ACCOUNT=]HOST:PORT",
      description =
          "Where the metadata server of the first workload, or of another, listens; may be"
              + " repeated (default: any free port, for the first).")
  private List<String> metadata = List.of();

  @Option(
      names = "--fault",
      paramLabel = "FAULT",
      description = "What the handshakers do wrong: delay=500ms, freeze, refuse, cut, no-status,"
          + " stream-left-open, short-key, oversized-frame, version-mismatch, tampered-frame,"
          + " wrong-peer[=SERVICE_ACCOUNT]; may be repeated.")
  private List<String> faults = List.of();

  @Option(
      names = "--ready-file",
      paramLabel = "FILE",
      description = "Written when it listens: the addresses, as JSON.")
  private @Nullable Path readyFile;

  EmulateGceCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() throws IOException, InterruptedException {
    AltsEmulator.Builder builder = builder();
    try (AltsEmulator emulator = start(builder)) {
      CountDownLatch stopped = new CountDownLatch(1);
      ExitHook hook = ExitHook.of("countersign-emulator", stopped::countDown);
      try {
        String ready = ready(emulator);
        terminal.out().println(ready);
        terminal.out().flush();
        if (readyFile != null) {
          AtomicFile.write(
              readyFile, (ready + "\n").getBytes(StandardCharsets.UTF_8), AtomicFile.Rights.PUBLIC);
        }
        stopped.await();
      } finally {
        hook.forget();
      }
    }
    return ExitCode.DONE;
  }

  private AltsEmulator.Builder builder() {
    try {
      AltsEmulator.Builder builder = AltsEmulator.builder();
      workloads.forEach(text -> builder.workload(Workload.parse(text)));
      metadata.forEach(builder::metadata);
      faults.forEach(text -> builder.fault(Fault.parse(text)));
      return builder;
    } catch (EmulatorException e) {
      throw CommandException.usage(String.valueOf(e.getMessage()));
    }
  }

  private static AltsEmulator start(AltsEmulator.Builder builder) {
    try {
      return builder.start();
    } catch (EmulatorException e) {
      throw e.reason() == EmulatorException.Reason.CANNOT_BIND
          ? CommandException.environment(String.valueOf(e.getMessage()))
          : CommandException.usage(String.valueOf(e.getMessage()));
    }
  }

  private static String ready(AltsEmulator emulator) {
    return JsonLine.of(json -> {
      json.writeObjectFieldStart("workloads");
      for (var workload : emulator.addresses().entrySet()) {
        json.writeStringField(workload.getKey().name(), workload.getValue().toString());
      }
      json.writeEndObject();
      json.writeStringField("metadata", emulator.metadataAddress().toString());
      json.writeObjectFieldStart("metadata_servers");
      for (var server : emulator.metadataAddresses().entrySet()) {
        json.writeStringField(server.getKey().name(), server.getValue().toString());
      }
      json.writeEndObject();
    });
  }
}
