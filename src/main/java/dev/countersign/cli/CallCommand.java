package dev.countersign.cli;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "call",
    header = "Call a method: requests and responses as JSON, one a line.",
    description = {
      "",
      "Requests come from --json or from standard input. The health, channelz and reflection services"
          + " and the demo services are built in; others are looked up by server reflection. A call"
          + " that fails exits 1 and prints its status as JSON, last on standard error."
    },
    footer = {
      "",
      "Example:",
      "  countersign call --target 127.0.0.1:8443 --identity certs/out/viewer \\",
      "    --expect-server spiffe://example.org/server \\",
      "    --json '{\"latitude\":407838351,\"longitude\":-746143763}' \\",
      "    routeguide.RouteGuide/GetFeature"
    })
final class CallCommand extends Subcommand {
  private static final Duration REFLECTION_PATIENCE = Duration.ofSeconds(10);
  private static final long GOODBYE_MILLIS = 1000;

  private final ChannelSource channels;

  @Mixin
  private DialOptions dialOptions = new DialOptions();

  @Mixin
  private Headers headers = new Headers();

  @Option(
      names = "--json",
      paramLabel = "JSON",
      description = "A request; may be repeated where the method takes several.")
  private List<String> requests = List.of();

  @Option(
      names = "--deadline",
      paramLabel = "DURATION",
      converter = DurationText.class,
      description =
          "How long the call may take, such as 5s (default: 30s for a unary call, no limit for a stream).")
  private @Nullable Duration deadline;

  @Option(
      names = "--retry",
      description =
          "Make the call again, up to three times, when it ends with UNAVAILABLE before it was answered;"
              + " only for methods that read.")
  private boolean retry;

  @Option(
      names = "--every",
      paramLabel = "DURATION",
      converter = DurationText.class,
      description = "Call again this long after the last start, such as 5s; needs --json.")
  private @Nullable Duration every;

  @Option(
      names = "--times",
      paramLabel = "N",
      converter = Count.class,
      description = "How often, with --every (default: until told to end).")
  private @Nullable Integer times;

  @Parameters(
      paramLabel = "package.Service/Method",
      converter = MethodName.Converter.class,
      description = "What to call.")
  private MethodName method;

  CallCommand(Terminal terminal, ChannelSource channels) {
    super(terminal);
    this.channels = channels;
  }

  @Override
  protected ExitCode run() throws IOException, InterruptedException {
    refuseWhatCannotBeRepeated();
    Metadata metadata = headers.metadata();
    Dial dial = dialOptions.dial();
    ManagedChannel channel = channels.open(retry ? dial.retrying() : dial, terminal);
    try {
      MethodDescriptor descriptor = MethodLookup.find(
          method, channel, Optional.ofNullable(deadline).orElse(REFLECTION_PATIENCE));
      if (every == null) {
        return call(channel, descriptor, metadata);
      }
      return new RepeatedCalls(terminal, every, Optional.ofNullable(times))
          .make(() -> call(channel, descriptor, metadata));
    } finally {
      channel.shutdownNow();
      channel.awaitTermination(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void refuseWhatCannotBeRepeated() {
    if (times != null && every == null) {
      throw CommandException.usage("--times needs --every");
    }
    if (every != null && requests.isEmpty()) {
      throw CommandException.usage(
          "--every needs --json: standard input can be read only once",
          "an empty message is --json '{}'");
    }
    if (retry) {
      refuseUnlessItReads();
    }
  }

  private void refuseUnlessItReads() {
    List<String> reading = BuiltInServices.reading().stream()
        .map(io.grpc.MethodDescriptor::getFullMethodName)
        .toList();
    if (!reading.contains(method.toString())) {
      throw CommandException.usage("--retry needs a method that is known to read only: found \""
          + method
          + "\" (known: "
          + String.join(", ", reading)
          + ")");
    }
  }

  private ExitCode call(ManagedChannel channel, MethodDescriptor descriptor, Metadata metadata)
      throws IOException, InterruptedException {
    JsonMessages json = new JsonMessages(descriptor);
    RequestSender.Source source = source(descriptor, json);
    AtomicBoolean readerLeft = new AtomicBoolean();
    DynamicCall call = DynamicCall.start(channel, descriptor, callOptions(), metadata, response -> {
      readerLeft.set(!print(json, response));
      return !readerLeft.get();
    });
    // One of many may finish when the process is told to end; no hook can be added any more then.
    ExitHook hook = every == null
        ? ExitHook.of("countersign-cancel", () -> call.cancel("interrupted", null))
        : null;
    try {
      RequestSender sender = new RequestSender(source, call);
      sender.start();
      Status status = call.await();
      sender.rethrow();
      if (!status.isOk() && !readerLeft.get()) {
        throw RpcFailure.of(status);
      }
      return ExitCode.DONE;
    } finally {
      if (hook != null) {
        hook.forget();
      }
    }
  }

  private RequestSender.Source source(MethodDescriptor descriptor, JsonMessages json)
      throws IOException {
    RequestLines lines = RequestLines.of(requests, terminal.in());
    if (descriptor.isClientStreaming()) {
      return () -> lines.next().map(json::parse);
    }
    Iterator<DynamicMessage> only = List.of(onlyRequest(lines, json)).iterator();
    return () -> only.hasNext() ? Optional.of(only.next()) : Optional.empty();
  }

  /** The request of a method that takes one; read before the call begins, so that a second is noticed. */
  private DynamicMessage onlyRequest(RequestLines lines, JsonMessages json) throws IOException {
    Optional<DynamicMessage> only = lines.next().map(json::parse);
    if (only.isEmpty()) {
      throw CommandException.usage(
          "\"" + method + "\" takes one request: found none", "an empty message is --json '{}'");
    }
    if (lines.next().isPresent()) {
      throw CommandException.usage("\"" + method + "\" takes one request: found more");
    }
    return only.get();
  }

  private CallOptions callOptions() {
    return deadline == null
        ? CallOptions.DEFAULT
        : CallOptions.DEFAULT.withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Whether somebody still reads what we print. */
  private boolean print(JsonMessages json, DynamicMessage response) {
    terminal.out().println(json.print(response));
    return !terminal.out().checkError();
  }
}
