package dev.countersign.build;

import io.grpc.ServerRegistry;
import io.grpc.netty.shaded.io.netty.handler.ssl.OpenSsl;

/** A program that says whether both copies of Netty load their native TLS, and where they come from. */
final class NativeTransports {
  private NativeTransports() {}

  @SuppressWarnings("SystemOut")
  public static void main(String[] args) throws Throwable {
    System.out.println(
        "registry " + ServerRegistry.getDefaultRegistry().getClass().getName());
    describe(
        "plain", io.netty.handler.ssl.OpenSsl.class, io.netty.handler.ssl.OpenSsl.isAvailable());
    describe("shaded", OpenSsl.class, OpenSsl.isAvailable());
  }

  private static void describe(String copy, Class<?> type, boolean available) {
    System.out.println(copy + " " + available + " "
        + type.getProtectionDomain().getCodeSource().getLocation().getPath());
  }
}
