package dev.countersign.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.module.ModuleDescriptor.Version;
import java.util.Set;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;

/** What speaks to strangers is at or above the version that fixes its published vulnerabilities, in every copy. */
final class DependencyFloorTest {
  private static final Version NETTY = Version.parse("4.2.17");
  private static final Version BOUNCY_CASTLE = Version.parse("1.86");

  @Test
  void nettyIsAboveTheFloor() {
    assertThat(io.netty.util.Version.identify()).containsKey("netty-codec-http2");
    assertThat(io.netty.util.Version.identify().values())
        .allSatisfy(
            module -> assertThat(parse(module.artifactVersion())).isGreaterThanOrEqualTo(NETTY));
  }

  @Test
  void nettyInsideGrpcIsAboveTheFloor() {
    assertThat(io.grpc.netty.shaded.io.netty.util.Version.identify())
        .containsKey("netty-codec-http2");
    assertThat(io.grpc.netty.shaded.io.netty.util.Version.identify().values())
        .allSatisfy(
            module -> assertThat(parse(module.artifactVersion())).isGreaterThanOrEqualTo(NETTY));
  }

  @Test
  void bouncyCastleIsAboveTheFloor() {
    assertThat(parse(new BouncyCastleProvider().getVersionStr()))
        .isGreaterThanOrEqualTo(BOUNCY_CASTLE);
  }

  @Test
  void findsWhatIsBelowTheFloor() {
    assertThat(Set.of(parse("4.2.9.Final"), parse("4.1.140.Final")))
        .allSatisfy(version -> assertThat(version).isLessThan(NETTY));
    assertThat(parse("4.2.17.Final")).isEqualTo(NETTY);
  }

  private static Version parse(String text) {
    return Version.parse(text.replace(".Final", ""));
  }
}
