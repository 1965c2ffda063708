package dev.countersign.cli;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.countersign.demo.device.DeviceControllerGrpc;
import dev.countersign.demo.device.DeviceControllerProto;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteGuideProto;
import io.grpc.MethodDescriptor;
import io.grpc.channelz.v1.ChannelzProto;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.health.v1.HealthProto;
import io.grpc.reflection.v1.ServerReflectionProto;
import java.util.List;

/** The services whose methods we know without asking a server. */
final class BuiltInServices {
  private BuiltInServices() {}

  static List<ServiceDescriptor> all() {
    return List.of(
            RouteGuideProto.getDescriptor(),
            DeviceControllerProto.getDescriptor(),
            HealthProto.getDescriptor(),
            ChannelzProto.getDescriptor(),
            ServerReflectionProto.getDescriptor())
        .stream()
        .map(FileDescriptor::getServices)
        .flatMap(List::stream)
        .toList();
  }

  /** Those of their methods that change nothing and end by themselves, so that they may run twice. */
  static List<MethodDescriptor<?, ?>> reading() {
    return List.of(
        RouteGuideGrpc.getGetFeatureMethod(),
        RouteGuideGrpc.getListFeaturesMethod(),
        DeviceControllerGrpc.getGetDeviceMethod(),
        HealthGrpc.getCheckMethod());
  }

  /** The paths of all their methods, as requests name them. */
  static List<String> paths() {
    return all().stream()
        .flatMap(service -> service.getMethods().stream())
        .map(method -> "/" + method.getService().getFullName() + "/" + method.getName())
        .toList();
  }
}
