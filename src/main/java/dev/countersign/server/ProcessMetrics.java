package dev.countersign.server;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The memory of this process: what the JVM says, and where the system is Linux also what is resident. */
final class ProcessMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessMetrics.class);
  private static final AttributeKey<String> TYPE = AttributeKey.stringKey("jvm.memory.type");
  private static final Attributes HEAP = Attributes.of(TYPE, "heap");
  private static final Attributes NON_HEAP = Attributes.of(TYPE, "non_heap");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

  private ProcessMetrics() {}

  static void observe(Meter meter) {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    meter
        .gaugeBuilder("jvm.memory.used")
        .ofLongs()
        .setDescription("Memory of the JVM in use, garbage included")
        .setUnit("By")
        .buildWithCallback(measurement -> {
          measurement.record(memory.getHeapMemoryUsage().getUsed(), HEAP);
          measurement.record(memory.getNonHeapMemoryUsage().getUsed(), NON_HEAP);
        });
    if (Files.isReadable(STATUS)) {
      meter
          .gaugeBuilder("process.resident.memory")
          .ofLongs()
          .setDescription("Memory of the process that is in use")
          .setUnit("By")
          .buildWithCallback(ProcessMetrics::resident);
    }
  }

  private static void resident(ObservableLongMeasurement measurement) {
    try {
      Matcher line = RESIDENT.matcher(Files.readString(STATUS));
      if (line.find()) {
        measurement.record(Long.parseLong(line.group(1)) * 1024);
      }
    } catch (IOException e) {
      LOG.debug("\"{}\" cannot be read: {}", STATUS, e.getMessage());
    }
  }
}
