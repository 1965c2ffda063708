package dev.countersign.emulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/** The flags of {@code countersign emulate-gce} without a command line library: to try an emulator from the build. */
final class EmulatorMain {
  private EmulatorMain() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> flags = List.of(args).subList(1, args.length);
    AltsEmulator.Builder builder = AltsEmulator.builder();
    Path ready = null;
    for (int i = 0; i < flags.size(); i += 2) {
      String value = flags.get(i + 1);
      switch (flags.get(i)) {
        case "--workload" -> builder.workload(Workload.parse(value));
        case "--metadata" -> builder.metadata(value);
        case "--fault" -> builder.fault(Fault.parse(value));
        case "--ready-file" -> ready = Path.of(value);
        default -> throw new IllegalArgumentException(flags.get(i));
      }
    }
    try (AltsEmulator emulator = builder.start()) {
      if (ready != null) {
        Files.writeString(ready, json(emulator));
      }
      new CountDownLatch(1).await();
    }
  }

  private static String json(AltsEmulator emulator) {
    return emulator.addresses().entrySet().stream()
        .map(entry -> "\"" + entry.getKey() + "\":\"" + entry.getValue() + "\"")
        .collect(Collectors.joining(
            ",", "{\"workloads\":{", "},\"metadata\":\"" + emulator.metadataAddress() + "\"}\n"));
  }
}
