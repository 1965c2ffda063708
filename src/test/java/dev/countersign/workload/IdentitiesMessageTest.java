package dev.countersign.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.workload.Answer.Parts;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IdentitiesMessageTest {
  private static final String ID = "spiffe://example.org/ä";
  private static final byte[] CERTIFICATES = {1, 2};
  private static final byte[] KEY = "canary key".getBytes(StandardCharsets.UTF_8);
  private static final byte[] BUNDLE = {4};

  @Test
  void readsEveryField() throws Exception {
    WorkloadIdentities read = read(full().bytes());

    assertThat(read.svids()).hasSize(2).first().satisfies(svid -> {
      assertThat(svid.spiffeId()).isEqualTo(ID);
      assertThat(svid.certificates()).isEqualTo(CERTIFICATES);
      assertThat(svid.privateKey()).isEqualTo(KEY);
      assertThat(svid.bundle()).isEqualTo(BUNDLE);
    });
    assertThat(read.revocationLists()).containsExactly(new byte[] {5});
    assertThat(read.federated().get("spiffe://a.example")).isEqualTo(new byte[] {6});
  }

  @Test
  void absentFieldsAreEmpty() throws Exception {
    assertThat(read(new byte[0]).svids()).isEmpty();
    Svid svid = read(new byte[] {0x0a, 0}).svids().get(0);
    assertThat(svid.spiffeId()).isEmpty();
    assertThat(svid.privateKey()).isEmpty();
  }

  @Test
  void printingShowsNoKey() throws Exception {
    assertThat(read(full().bytes()).toString())
        .contains("spiffe://example.org/")
        .doesNotContain("canary", Arrays.toString(KEY));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 20})
  void refusesWhatIsCutOff(int length) throws Exception {
    byte[] whole = full().bytes();
    assertThat(read(whole).svids()).hasSize(2);

    assertThatThrownBy(() -> read(Arrays.copyOf(whole, length)))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL))
        .hasNoCause();
  }

  @Test
  void refusesANameThatIsNoText() {
    assertThat(read(new byte[] {0x0a, 3, 0x0a, 1, 'a'}).svids()).hasSize(1);
    assertThatThrownBy(() -> read(new byte[] {0x0a, 3, 0x0a, 1, (byte) 0xff}))
        .isInstanceOf(StatusRuntimeException.class);
  }

  @Test
  void anyBytesAreReadOrRefused() throws Exception {
    Random random = new Random(7);
    byte[] whole = full().bytes();
    for (int i = 0; i < 20_000; i++) {
      byte[] spoilt = whole.clone();
      spoilt[random.nextInt(spoilt.length)] = (byte) random.nextInt();
      assertThat(List.of("read", "refused")).contains(outcome(spoilt));
    }
  }

  private static String outcome(byte[] message) {
    Throwable thrown = catchThrowable(() -> read(message));
    return thrown == null
        ? "read"
        : thrown instanceof StatusRuntimeException ? "refused" : thrown.toString();
  }

  private static Answer full() throws Exception {
    Parts parts = new Parts(ID, CERTIFICATES, KEY, BUNDLE);
    return new Answer()
        .unknownFields()
        .svid(parts)
        .svid(new Parts("spiffe://example.org/b", BUNDLE, BUNDLE, BUNDLE))
        .revocationList(new byte[] {5})
        .federated("spiffe://a.example", new byte[] {6});
  }

  private static WorkloadIdentities read(byte[] message) {
    return new IdentitiesMessage().parse(new ByteArrayInputStream(message));
  }
}
