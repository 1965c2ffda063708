package dev.countersign.pki;

import dev.countersign.identity.DnsName;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pki.InventoryException.Problem;
import dev.countersign.pki.InventoryException.Reason;
import dev.countersign.text.Quoted;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** The strict reader of {@link Inventory}. */
final class InventoryReader {
  private static final List<String> TOP_KEYS = List.of("trust_domain", "identities");
  private static final List<String> IDENTITY_KEYS =
      List.of("name", "spiffe", "dns", "ip", "profile", "valid_for", "key");

  private static final int MAX_DEPTH = 16;

  private final String source;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  InventoryReader(String source) {
    this.source = source;
  }

  Inventory read(byte[] yaml) throws InventoryException {
    Node root = compose(yaml);
    if (root == null) {
      throw refused(new Problem(Reason.NOT_YAML, 1, 1, "the inventory is empty"));
    }
    YamlMap top = new YamlMap(root, TOP_KEYS, problems);
    Optional<TrustDomain> trustDomain =
        top.required("trust_domain").flatMap(node -> value(top, node, TrustDomain::new));
    top.required("identities");
    List<IdentityRequest> identities = new ArrayList<>();
    for (Node item : top.items("identities")) {
      identities.add(identity(new YamlMap(item, IDENTITY_KEYS, problems), trustDomain));
    }
    if (!problems.isEmpty() || trustDomain.isEmpty()) {
      problems.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
      throw new InventoryException(source, problems);
    }
    return new Inventory(trustDomain.get(), identities);
  }

  private @Nullable Node compose(byte[] yaml) throws InventoryException {
    LoadSettings settings = LoadSettings.builder().setUseMarks(true).build();
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(yaml)).toString();
      refuseDeepNesting(new Parse(settings).parseString(text));
      return new Compose(settings).composeString(text).orElse(null);
    } catch (CharacterCodingException e) {
      throw refused(new Problem(Reason.NOT_YAML, 1, 1, "the inventory is not UTF-8"));
    } catch (MarkedYamlEngineException e) {
      throw notYaml(e.getProblemMark(), e.getProblem());
    } catch (YamlEngineException e) {
      throw notYaml(Optional.empty(), String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      // Its scanner lets them escape for some escapes that are cut off or out of range.
      throw notYaml(Optional.empty(), "an escape cannot be read");
    }
  }

  /** The composer calls itself for each level; the parser, which is asked first, does not. */
  private void refuseDeepNesting(Iterable<Event> events) throws InventoryException {
    int depth = 0;
    for (Event event : events) {
      if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
        throw notYaml(
            event.getStartMark(), "nested deeper than any inventory (at most " + MAX_DEPTH + ")");
      }
      depth -= event instanceof CollectionEndEvent ? 1 : 0;
    }
  }

  private InventoryException notYaml(Optional<Mark> mark, String problem) {
    return refused(new Problem(
        Reason.NOT_YAML,
        mark.map(Mark::getLine).orElse(0) + 1,
        mark.map(Mark::getColumn).orElse(0) + 1,
        "not YAML: " + Quoted.bare(problem)));
  }

  private IdentityRequest identity(YamlMap map, Optional<TrustDomain> trustDomain) {
    int before = problems.size();
    String name = map.required("name").flatMap(node -> name(map, node)).orElse("");
    IdentityRequest request = IdentityRequest.named(name);
    Optional<SpiffeId> id =
        map.node("spiffe").flatMap(node -> value(map, node, text -> spiffeId(text, trustDomain)));
    if (id.isPresent()) {
      request = request.withSpiffeId(id.get());
    }
    request = request
        .withDnsNames(values(map, "dns", DnsName::parse))
        .withAddresses(values(map, "ip", IdentityRequest::parseAddress))
        .withProfile(single(map, "profile", Profile::parse).orElse(request.profile()))
        .withKey(single(map, "key", KeyAlgorithm::parse).orElse(request.key()))
        .withValidFor(single(map, "valid_for", Lifetime::parse).orElse(request.validFor()));
    Optional<Node> place = map.node("name");
    if (problems.size() == before && place.isPresent()) {
      try {
        request.requireComplete();
      } catch (PkiException e) {
        map.report(Reason.BAD_VALUE, place.get(), String.valueOf(e.getMessage()));
      }
    }
    return request;
  }

  private Optional<String> name(YamlMap map, Node node) {
    Optional<String> name = value(map, node, text -> {
      IdentityRequest.requireName(text);
      return text;
    });
    if (name.isPresent() && !names.add(name.get())) {
      map.report(Reason.DUPLICATE_NAME, node, "identity \"" + name.get() + "\" stands there twice");
    }
    return name;
  }

  private static SpiffeId spiffeId(String text, Optional<TrustDomain> trustDomain)
      throws PkiException {
    SpiffeId id = SpiffeId.parse(text).requireWorkload();
    if (trustDomain.isPresent() && !trustDomain.get().equals(id.trustDomain())) {
      throw new PkiException(
          PkiException.Reason.OTHER_TRUST_DOMAIN,
          "SPIFFE id " + Quoted.of(text) + " is of another trust domain (the inventory is of \""
              + trustDomain.get() + "\")");
    }
    return id;
  }

  /** Reads a value from text. */
  private interface Parser<T> {
    T parse(String text) throws PkiException;
  }

  private <T> Optional<T> single(YamlMap map, String key, Parser<T> parser) {
    return map.node(key).flatMap(node -> value(map, node, parser));
  }

  private <T> List<T> values(YamlMap map, String key, Parser<T> parser) {
    List<T> values = new ArrayList<>();
    for (Node item : map.items(key)) {
      value(map, item, parser).ifPresent(values::add);
    }
    return values;
  }

  private <T> Optional<T> value(YamlMap map, Node node, Parser<T> parser) {
    Optional<String> text = map.text(node, "this value");
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(parser.parse(text.get()));
    } catch (PkiException | IdentityException e) {
      map.report(Reason.BAD_VALUE, node, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private InventoryException refused(Problem problem) {
    return new InventoryException(source, List.of(problem));
  }
}
