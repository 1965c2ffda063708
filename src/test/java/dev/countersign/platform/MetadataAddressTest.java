package dev.countersign.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.emulator.AltsEmulator;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataAddressTest {
  @ParameterizedTest
  @CsvSource({
    "'',metadata.google.internal:80,metadata.google.internal.:8080",
    "md.example,md.example:80,md.example:8080",
    "md.example:81,md.example:81,md.example:8080",
    "169.254.169.254,169.254.169.254:80,169.254.169.254:8080",
    "fd20:ce::254,[fd20:ce::254]:80,[fd20:ce::254]:8080",
    "[fd20:ce::254]:81,[fd20:ce::254]:81,[fd20:ce::254]:8080",
    "[fd20:ce::254],[fd20:ce::254]:80,[fd20:ce::254]:8080"
  })
  void hostIsKeptAndTheHandshakersPortIsAlwaysTheSame(
      String variable, String metadata, String handshaker) {
    MetadataAddress address = MetadataAddress.of(machine(variable));

    assertThat(address).hasToString(metadata);
    assertThat(address.handshaker()).isEqualTo(handshaker);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://md", "md/path", "md:port", "md@evil", "a b"})
  void refusesWhatIsNoAddress(String variable) {
    assertThatThrownBy(() -> MetadataAddress.of(machine(variable)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("GCE_METADATA_HOST is not HOST or HOST:PORT");
  }

  @Test
  void markIsTheEmulators() {
    assertThat(MetadataClient.EMULATOR_MARK).isEqualTo(AltsEmulator.MARK);
  }

  private static Machine machine(String variable) {
    return new Machine(Path.of("/"), Map.of(MetadataAddress.VARIABLE, variable), "Linux");
  }
}
