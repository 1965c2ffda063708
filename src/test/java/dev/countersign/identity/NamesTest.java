package dev.countersign.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.identity.IdentityException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Names from text, by the tables. */
final class NamesTest {
  static List<Vector> spiffeIds() throws IOException {
    return Vector.of("spiffe-ids.csv");
  }

  static List<Vector> dnsNames() throws IOException {
    return Vector.of("dns-names.csv");
  }

  static List<Vector> serviceAccounts() throws IOException {
    return Vector.of("service-accounts.csv");
  }

  static List<Vector> principals() throws IOException {
    return Vector.of("principals.csv");
  }

  @ParameterizedTest
  @MethodSource("spiffeIds")
  void readsSpiffeIdsAsTheyAreSpelt(Vector row) {
    SpiffeId id = row.check(SpiffeId::parse);
    if (id != null) {
      assertThat(id.name()).isEqualTo(row.input());
      assertThat(id).isEqualTo(SpiffeId.parse(id.name())).hasToString(row.input());
    }
  }

  @ParameterizedTest
  @MethodSource("dnsNames")
  void readsDnsNamesInLowerCase(Vector row) {
    DnsName name = row.check(DnsName::parse);
    if (name != null) {
      assertThat(name.name()).isEqualTo(row.input().toLowerCase(Locale.ROOT));
    }
  }

  @ParameterizedTest
  @MethodSource("serviceAccounts")
  void readsServiceAccountsAsTheyAreSpelt(Vector row) {
    ServiceAccount account = row.check(ServiceAccount::parse);
    if (account != null) {
      assertThat(account.name()).isEqualTo(row.input());
    }
  }

  @ParameterizedTest
  @MethodSource("principals")
  void tellsKindsApartByTheirShape(Vector row) {
    Principal principal = row.check(Principal::parse);
    if (principal != null) {
      assertThat(principal.getClass().getSimpleName()).isEqualTo(row.reason());
      assertThat(Principal.parse(principal.name())).isEqualTo(principal);
    }
  }

  @Test
  void everyReasonOfTextOccursInTheTables() throws IOException {
    List<Vector> rows = new ArrayList<>(spiffeIds());
    rows.addAll(dnsNames());
    rows.addAll(serviceAccounts());
    rows.addAll(principals());
    assertThat(rows.stream().filter(row -> !row.accepted()).map(Vector::reason))
        .contains(
            "TOO_LONG",
            "WRONG_SCHEME",
            "BAD_TRUST_DOMAIN",
            "BAD_PATH",
            "BAD_DNS_NAME",
            "BAD_URI",
            "BAD_SERVICE_ACCOUNT",
            "BAD_SUBJECT");
  }

  @Test
  void aWorkloadHasAPath() {
    assertThat(SpiffeId.parse("spiffe://example.org/a").requireWorkload().path())
        .isEqualTo("/a");
    assertThat(reason(() -> SpiffeId.parse("spiffe://example.org").requireWorkload()))
        .isEqualTo(Reason.NO_PATH);
  }

  @Test
  void aSegmentDoesNotBecomeTwo() {
    TrustDomain domain = new TrustDomain("example.org");
    assertThat(domain.id("ns", "a").name()).isEqualTo("spiffe://example.org/ns/a");
    assertThat(reason(() -> domain.id("ns", "a/sa/admin"))).isEqualTo(Reason.BAD_PATH);
    assertThat(reason(() -> domain.id("ns", ".."))).isEqualTo(Reason.BAD_PATH);
    assertThat(reason(() -> domain.id("ns", ""))).isEqualTo(Reason.BAD_PATH);
    assertThat(reason(domain::id)).isEqualTo(Reason.BAD_PATH);
  }

  @Test
  void aSubjectHasAnAttribute() {
    assertThat(reason(() -> new SubjectName(""))).isEqualTo(Reason.NO_NAME);
    assertThat(reason(() -> new SubjectName("spiffe://example.org/?CN=a")))
        .isEqualTo(Reason.BAD_SUBJECT);
  }

  @Test
  void noTextIsANameOfTwoKinds() {
    List<Function<String, Principal>> kinds = List.of(
        SpiffeId::parse, UriName::parse, DnsName::parse, SubjectName::new, ServiceAccount::parse);
    String[] parts = {
      "spiffe://",
      "SPIFFE:",
      "https://",
      "urn:",
      "a",
      "example.org",
      "CN=",
      "=",
      "@",
      ":",
      "/",
      ".",
      ",",
      "O=x",
      "1",
      "-",
      "_",
      "%2f",
      "?",
      "#",
      "b.c"
    };
    Random random = new Random(20_261);
    int accepted = 0;
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(6); n >= 0; n--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      long readings = kinds.stream()
          .filter(kind ->
              org.assertj.core.api.Assertions.catchThrowable(() -> kind.apply(text.toString()))
                  == null)
          .count();
      assertThat(readings).as(text.toString()).isLessThanOrEqualTo(1);
      accepted += (int) readings;
    }
    assertThat(accepted).isGreaterThan(1000);
  }

  private static Reason reason(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return catchThrowableOfType(IdentityException.class, call).reason();
  }
}
