package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import dev.countersign.guard.AuditRecord;
import dev.countersign.guard.AuditSink;
import dev.countersign.guard.AuditSinkProvider;
import dev.countersign.policy.Policy;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A thousand calls while policies change all the time: each is decided by one of them, whole, and none by no policy. */
@Timeout(120)
final class PolicyRaceIT {
  private static final int CALLERS = 8;
  private static final int CALLS_OF_EACH = 125;

  private static final Policy FIRST = allowing("first", "alice");
  private static final Policy SECOND = allowing("second", "alice");
  private static final Policy NOBODY = allowing("third", "nobody");

  private final Queue<AuditRecord> records = new ConcurrentLinkedQueue<>();
  private final Set<String> policiesSeen = ConcurrentHashMap.newKeySet();
  private final ReplaceablePolicy source = new ReplaceablePolicy(FIRST);
  private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS);

  private volatile boolean refused;

  @TempDir
  private Path directory;

  private Lab lab;
  private SecureServer server;

  private static Policy allowing(String name, String who) {
    return Lab.policy("""
        {"name": "%1$s",
         "allow_rules": [{"name": "of-%1$s", "source": {"principals": ["spiffe://example.org/ns/demo/sa/%2$s"]}}],
         "audit_logging_options": {"audit_condition": "ON_DENY_AND_ALLOW", "audit_loggers": [{"name": "race"}]}}
        """.formatted(name, who));
  }

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    server = lab.start(lab.server(TextService.POLICY)
        .guardedBy(source)
        .auditSink(new Recorder())
        .service(new TextService()));
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    lab.close();
  }

  @Test
  void everyCallIsDecidedByOnePolicyWhileTheyChange() throws Exception {
    List<Future<List<Code>>> callers = callers(() -> refused || policiesSeen.size() == 2);
    while (!callers.stream().allMatch(Future::isDone)) {
      source.replace(SECOND);
      source.replace(FIRST);
    }

    List<Code> ends = ends(callers);
    assertThat(ends).hasSizeGreaterThanOrEqualTo(CALLERS * CALLS_OF_EACH).containsOnly(Code.OK);
    assertThat(records)
        .hasSize(ends.size())
        .extracting(AuditRecord::policyName, AuditRecord::matchedRule)
        .containsOnly(tuple("first", "first_of-first"), tuple("second", "second_of-second"));
  }

  /** The same with a moment in which nobody is allowed: it would not pass unseen. */
  @Test
  void aMomentInWhichNobodyIsAllowedIsSeen() throws Exception {
    List<Future<List<Code>>> callers = callers(() -> refused);
    source.replace(NOBODY);
    while (!refused) {
      Thread.onSpinWait();
    }
    source.replace(FIRST);

    assertThat(ends(callers)).contains(Code.OK, Code.PERMISSION_DENIED);
  }

  /** Callers that call often enough, and until what they wait for has happened. */
  private List<Future<List<Code>>> callers(BooleanSupplier happened) throws Exception {
    List<Future<List<Code>>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      ManagedChannel channel = lab.channel(server, "alice");
      callers.add(threads.submit(() -> {
        List<Code> ends = new ArrayList<>();
        while (ends.size() < CALLS_OF_EACH || !happened.getAsBoolean()) {
          ends.add(end(channel));
        }
        return ends;
      }));
    }
    return callers;
  }

  private Code end(ManagedChannel channel) {
    Throwable failure = catchThrowable(() -> TextService.say(channel, "racing"));
    if (failure == null) {
      return Code.OK;
    }
    refused = true;
    return Status.fromThrowable(failure).getCode();
  }

  private static List<Code> ends(List<Future<List<Code>>> callers) throws Exception {
    List<Code> ends = new ArrayList<>();
    for (Future<List<Code>> caller : callers) {
      ends.addAll(caller.get());
    }
    return ends;
  }

  private final class Recorder implements AuditSinkProvider {
    @Override
    public String name() {
      return "race";
    }

    @Override
    public AuditSink create(String configJson) {
      return event -> {
        records.add(event);
        policiesSeen.add(event.policyName());
      };
    }
  }
}
