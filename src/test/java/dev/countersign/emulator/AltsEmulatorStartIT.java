package dev.countersign.emulator;

import static dev.countersign.emulator.TwoSides.CLIENT;
import static dev.countersign.emulator.TwoSides.SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.countersign.emulator.EmulatorException.Reason;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class AltsEmulatorStartIT {
  @Test
  void givesEachWorkloadAnAddressOfItsOwn() {
    try (AltsEmulator emulator = AltsPair.emulator()) {
      assertThat(emulator.address(SERVER).toString()).startsWith("127.0.0.2:");
      assertThat(emulator.address(CLIENT).toString()).startsWith("127.0.0.3:");
      assertThat(emulator.address(CLIENT).port()).isPositive();
      assertThat(emulator.addresses()).containsOnlyKeys(SERVER, CLIENT);
      assertThat(emulator.metadataAddress()).isEqualTo(emulator.metadataAddress(SERVER));
    }
  }

  @Test
  void refusesToStartForNobody() {
    assertRefused(Reason.NO_WORKLOAD, AltsEmulator.builder()::start);
  }

  @Test
  void refusesAWorkloadWithTwoAddresses() {
    AltsEmulator.Builder builder = AltsEmulator.builder().workload(SERVER, "127.0.0.2:0");

    assertRefused(Reason.DUPLICATE_WORKLOAD, () -> builder.workload(SERVER, "127.0.0.3:0"));
  }

  @Test
  void refusesASecretThatCanBeGuessed() {
    AltsEmulator.builder().secret(new byte[Secret.MIN_BYTES]);

    assertRefused(
        Reason.SHORT_SECRET, () -> AltsEmulator.builder().secret(new byte[Secret.MIN_BYTES - 1]));
  }

  @Test
  void refusesWorkloadsThatItDoesNotEmulate() {
    try (AltsEmulator emulator =
        AltsEmulator.builder().workload(SERVER, "127.0.0.2:0").start()) {
      assertRefused(Reason.UNKNOWN_WORKLOAD, () -> emulator.address(CLIENT));
      assertRefused(Reason.UNKNOWN_WORKLOAD, () -> emulator.metadataAddress(CLIENT));
      assertRefused(Reason.UNKNOWN_WORKLOAD, () -> emulator.inject(CLIENT, Fault.Plain.FREEZE));
    }
  }

  @Test
  void leavesNothingRunningWhenAnAddressIsTaken() {
    try (AltsEmulator emulator =
        AltsEmulator.builder().workload(SERVER, "127.0.0.2:0").start()) {
      LoopbackAddress free = new LoopbackAddress(
          LoopbackAddress.parse("127.0.0.9:0").host(), emulator.address(SERVER).port());
      AltsEmulator.Builder second = AltsEmulator.builder().workload(new Workload(CLIENT, free));
      AltsEmulator.Builder third = AltsEmulator.builder()
          .workload(new Workload(CLIENT, free))
          .workload(new Workload(SERVER, emulator.address(SERVER)));

      assertRefused(Reason.CANNOT_BIND, third::start);
      assertRefused(
          Reason.CANNOT_BIND, () -> second.metadata(emulator.metadataAddress()).start());
      try (AltsEmulator unhindered =
          AltsEmulator.builder().workload(new Workload(CLIENT, free)).start()) {
        assertThat(unhindered.address(CLIENT)).isEqualTo(free);
      }
    }
  }

  private static void assertRefused(Reason reason, ThrowingCallable action) {
    assertThatExceptionOfType(EmulatorException.class)
        .isThrownBy(action)
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
