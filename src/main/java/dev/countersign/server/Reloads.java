package dev.countersign.server;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What came of the reloads of one server: a line in the log, metrics, a note beside readiness for as long as a refused
 * change waits to be repaired, and the application's hook.
 */
final class Reloads implements Consumer<Reload> {
  private static final Logger LOG = LoggerFactory.getLogger(Reloads.class);
  private static final AttributeKey<String> SUBJECT = AttributeKey.stringKey("subject");
  private static final AttributeKey<String> RESULT = AttributeKey.stringKey("result");

  private final InstantSource clock;
  private final List<Consumer<Reload>> hooks;
  private final LongCounter count;
  private final Map<String, Last> last = new ConcurrentHashMap<>();

  private volatile boolean closed;

  private record Last(Instant at, Reload reload) {}

  Reloads(Meter meter, InstantSource clock, List<Consumer<Reload>> hooks) {
    this.clock = clock;
    this.hooks = List.copyOf(hooks);
    this.count = meter
        .counterBuilder("countersign.reloads")
        .setDescription("Changes of what is watched, by subject and result")
        .setUnit("{reload}")
        .build();
    meter
        .gaugeBuilder("countersign.reload.last")
        .ofLongs()
        .setDescription("When the last change came, by subject and result, since 1970")
        .setUnit("s")
        .buildWithCallback(measurement -> last.values()
            .forEach(
                each -> measurement.record(each.at().getEpochSecond(), attributes(each.reload()))));
  }

  @Override
  public void accept(Reload reload) {
    if (closed) {
      return;
    }
    last.put(reload.subject(), new Last(clock.instant(), reload));
    count.add(1, attributes(reload));
    if (reload.accepted()) {
      LOG.info("{}", reload.message());
    } else {
      LOG.error("{}", reload.message());
    }
    hooks.forEach(hook -> hook.accept(reload));
  }

  /** Nobody hears of reloads that come after the server's end. */
  void close() {
    closed = true;
  }

  /** What people should know though it does not keep traffic away: changes that were refused and not yet repaired. */
  List<String> notes() {
    return last.values().stream()
        .map(Last::reload)
        .filter(reload -> !reload.accepted())
        .map(reload -> reload.subject() + ": " + reload.message().replace('\n', ' '))
        .sorted()
        .toList();
  }

  private static Attributes attributes(Reload reload) {
    return Attributes.of(
        SUBJECT, reload.subject(), RESULT, reload.accepted() ? "accepted" : "refused");
  }
}
