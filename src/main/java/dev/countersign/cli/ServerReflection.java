package dev.countersign.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.reflection.v1.ErrorResponse;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks a server what its services look like, by server reflection v1, or v1alpha where v1 is unknown. */
final class ServerReflection {
  private static final MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> V1 =
      ServerReflectionGrpc.getServerReflectionInfoMethod();

  // The messages of v1alpha are those of v1 on the wire; only the service's name differs.
  private static final MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> ALPHA =
      V1.toBuilder()
          .setFullMethodName("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
          .build();

  private static final int MAX_FILES = 1000;

  private final Channel channel;
  private final Duration patience;
  private final Map<String, FileDescriptorProto> protos = new LinkedHashMap<>();
  private final Map<String, FileDescriptor> files = new LinkedHashMap<>();
  private MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> version = V1;

  ServerReflection(Channel channel, Duration patience) {
    this.channel = channel;
    this.patience = patience;
  }

  /**
   * The service that a method belongs to.
   *
   * @throws CommandException if the server does not know it
   * @throws RpcFailure if the server does not answer
   */
  ServiceDescriptor service(MethodName name) {
    ServerReflectionResponse response =
        ask(request -> request.setFileContainingSymbol(name.service()));
    if (response.hasErrorResponse()) {
      throw unknownService(name, response.getErrorResponse());
    }
    keep(response);
    for (String file : List.copyOf(protos.keySet())) {
      for (ServiceDescriptor service : build(file, 0).getServices()) {
        if (service.getFullName().equals(name.service())) {
          return service;
        }
      }
    }
    throw unusable("it does not hold \"" + name.service() + "\"");
  }

  private CommandException unknownService(MethodName name, ErrorResponse error) {
    List<String> known =
        ask(request -> request.setListServices(""))
            .getListServicesResponse()
            .getServiceList()
            .stream()
            .map(ServiceResponse::getName)
            .sorted()
            .toList();
    String[] hints = Nearest.to(name.service(), known)
        .map(near -> new String[] {"did you mean \"" + near + "/" + name.method() + "\"?"})
        .orElse(new String[0]);
    return CommandException.refused(
        "the server has no service "
            + Printable.quoted(name.service())
            + ": "
            + Printable.quoted(error.getErrorMessage())
            + " (known: "
            + String.join(", ", known)
            + ")",
        hints);
  }

  /** The descriptor of a file, after those it imports. */
  private FileDescriptor build(String name, int depth) {
    FileDescriptor known = files.get(name);
    if (known != null) {
      return known;
    }
    if (depth > MAX_FILES || protos.size() > MAX_FILES) {
      throw unusable("it imports more than " + MAX_FILES + " files");
    }
    FileDescriptorProto proto = proto(name);
    FileDescriptor[] imports = proto.getDependencyList().stream()
        .map(each -> build(each, depth + 1))
        .toArray(FileDescriptor[]::new);
    try {
      FileDescriptor built = FileDescriptor.buildFrom(proto, imports);
      files.put(name, built);
      return built;
    } catch (DescriptorValidationException e) {
      throw unusable(String.valueOf(e.getMessage()));
    }
  }

  private FileDescriptorProto proto(String name) {
    if (!protos.containsKey(name)) {
      keep(ask(request -> request.setFileByFilename(name)));
    }
    return Optional.ofNullable(protos.get(name))
        .orElseThrow(() -> unusable("it lacks the file " + Printable.quoted(name)));
  }

  private void keep(ServerReflectionResponse response) {
    for (ByteString bytes : response.getFileDescriptorResponse().getFileDescriptorProtoList()) {
      try {
        FileDescriptorProto proto = FileDescriptorProto.parseFrom(bytes);
        protos.putIfAbsent(proto.getName(), proto);
      } catch (InvalidProtocolBufferException e) {
        throw unusable(String.valueOf(e.getMessage()));
      }
    }
  }

  private static CommandException unusable(String why) {
    return CommandException.refused(
        "what the server's reflection answered cannot be used: " + Printable.quoted(why));
  }

  private interface Question {
    void askIn(ServerReflectionRequest.Builder request);
  }

  private ServerReflectionResponse ask(Question question) {
    ServerReflectionRequest.Builder request = ServerReflectionRequest.newBuilder();
    question.askIn(request);
    try {
      return send(request.build());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED && version.equals(V1)) {
        version = ALPHA;
        return ask(question);
      }
      throw RpcFailure.during(
          "the service is not built in, and the server's reflection did not answer", e.getStatus());
    }
  }

  private ServerReflectionResponse send(ServerReflectionRequest request) {
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
    Iterator<ServerReflectionResponse> answers =
        ClientCalls.blockingServerStreamingCall(channel, version, options, request);
    if (!answers.hasNext()) {
      throw Status.UNAVAILABLE
          .withDescription("reflection ended without an answer")
          .asRuntimeException();
    }
    return answers.next();
  }
}
