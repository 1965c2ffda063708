package dev.countersign.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.identity.CertificateNames;
import dev.countersign.identity.Principal;
import io.grpc.Metadata;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyOracleTest {
  private static final String[] PATHS = {
    "/a.S/Get", "/a.S/Set", "/a.S/GetAll", "/b.T/Get", "/b.T/", "/a.Svc/Get"
  };
  private static final String[] VALUES = {"a", "ab", "abc", "b", "", "a,b"};
  private static final String[] KEYS = {"k", "k2", "x-long.key"};

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void agreesWithTheEngineOfGrpcJavaOnRandomPoliciesAndPeers(long seed) throws Exception {
    List<X509Certificate> peers = peers();
    Set<Boolean> verdicts = new HashSet<>();
    for (long round = 0; round < 750; round++) {
      Random random = new Random(seed * 1_000_003 + round);
      String json = json(random);
      Policy policy = Policies.parse(json);
      RbacOracle oracle = RbacOracle.of(policy);
      for (int question = 0; question < 12; question++) {
        X509Certificate peer = peers.get(random.nextInt(peers.size()));
        String path = pick(random, PATHS);
        Metadata headers = headers(random);
        boolean expected = oracle.allows(new RecordedCall(peer, path), headers);

        List<Principal> principals = CertificateNames.of(peer);
        Decision decision = policy.decide(principals, path, joined(headers));

        String where = "seed " + seed + " round " + round + ": " + principals + " " + path + " "
            + headers + " under " + json;
        assertThat(decision.allowed()).as(where).isEqualTo(expected);
        assertThat(decision).as(where).isEqualTo(firstByWalking(policy, principals, path, headers));
        verdicts.add(expected);
      }
    }
    assertThat(verdicts).containsExactlyInAnyOrder(true, false);
  }

  private static Decision firstByWalking(
      Policy policy, List<Principal> principals, String path, Metadata headers) {
    return Explanation.of(policy, principals, path, joined(headers)).rules().stream()
        .filter(Explanation.RuleVerdict::matches)
        .findFirst()
        .map(rule -> new Decision(
            rule.list() == RuleList.ALLOW_RULES, rule.list(), rule.rule(), policy.name()))
        .orElse(new Decision(false, null, null, policy.name()));
  }

  private static List<X509Certificate> peers() throws Exception {
    GeneralName host = new GeneralName(GeneralName.dNSName, "a.example");
    return List.of(
        RecordedCall.certificate("CN=x", uri("spiffe://example.org/a")),
        RecordedCall.certificate("CN=x", uri("spiffe://example.org/ab"), host),
        RecordedCall.certificate("CN=x", uri("https://example.org/a"), uri("urn:x:ab")),
        RecordedCall.certificate("CN=x", host, new GeneralName(GeneralName.dNSName, "b.example")),
        RecordedCall.certificate("CN=ops,O=Example"));
  }

  private static GeneralName uri(String text) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, text);
  }

  private static RequestHeaders joined(Metadata headers) {
    return key -> {
      Iterable<String> all = headers.getAll(metadataKey(key));
      return all == null ? null : String.join(",", all);
    };
  }

  private static Metadata headers(Random random) {
    Metadata headers = new Metadata();
    for (int i = random.nextInt(4); i > 0; i--) {
      headers.put(metadataKey(pick(random, KEYS)), pick(random, VALUES));
    }
    return headers;
  }

  private static Metadata.Key<String> metadataKey(String key) {
    return Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static String json(Random random) {
    return "{\"name\":\"p\",\"allow_rules\":" + rules(random, 1 + random.nextInt(6))
        + ",\"deny_rules\":" + rules(random, random.nextInt(3)) + "}";
  }

  private static String rules(Random random, int count) {
    List<String> rules = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<String> headers = new ArrayList<>();
      for (int h = random.nextInt(3) * random.nextInt(2); h > 0; h--) {
        headers.add("{\"key\":\"" + pick(random, KEYS) + "\",\"values\":"
            + patterns(random, 1 + random.nextInt(2), VALUES) + "}");
      }
      rules.add("{\"name\":\"r" + i + "\",\"source\":{\"principals\":"
          + patterns(
              random,
              random.nextInt(4),
              "spiffe://example.org/a",
              "spiffe://example.org/ab",
              "https://example.org/a",
              "urn:x:ab",
              "a.example",
              "b.example",
              "CN=ops,O=Example",
              "")
          + "},\"request\":{\"paths\":" + patterns(random, random.nextInt(4), PATHS)
          + ",\"headers\":[" + String.join(",", headers) + "]}}");
    }
    return "[" + String.join(",", rules) + "]";
  }

  /** Cut at random, so that prefixes and suffixes nest. */
  private static String patterns(Random random, int count, String... texts) {
    List<String> patterns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String text = pick(random, texts);
      int cut = random.nextInt(text.length() + 1);
      patterns.add("\""
          + switch (random.nextInt(6)) {
            case 0 -> text.substring(0, cut) + "*";
            case 1 -> "*" + text.substring(cut);
            case 2 -> "*";
            default -> text;
          }
          + "\"");
    }
    return "[" + String.join(",", patterns) + "]";
  }

  private static String pick(Random random, String... from) {
    return from[random.nextInt(from.length)];
  }
}
