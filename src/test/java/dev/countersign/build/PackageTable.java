package dev.countersign.build;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Map;
import java.util.Set;

/** Which of our packages each of them may import. */
final class PackageTable {
  /** By the first segment under the root; {@code cli}, which may import everything, is held apart. */
  private static final Map<String, Set<String>> MAY_IMPORT = Map.ofEntries(
      Map.entry("files", Set.of()),
      Map.entry("pem", Set.of()),
      Map.entry("identity", Set.of()),
      Map.entry("platform", Set.of()),
      Map.entry("policy", Set.of("identity")),
      Map.entry("pki", Set.of("files", "identity", "pem")),
      Map.entry("workload", Set.of()),
      Map.entry("credentials", Set.of("files", "identity", "pem", "platform", "workload")),
      Map.entry("guard", Set.of("credentials", "identity", "policy")),
      Map.entry(
          "server", Set.of("credentials", "files", "guard", "identity", "platform", "policy")),
      Map.entry("client", Set.of("credentials", "identity", "platform")),
      Map.entry("emulator", Set.of("identity")),
      Map.entry("assessment", Set.of("client", "credentials", "identity", "pem", "pki")),
      Map.entry("demo", Set.of("guard", "identity")));

  private static final String MAY_IMPORT_ALL = "cli";

  /** Imported by all, imports nothing. */
  private static final String TEXT = "text";

  private PackageTable() {}

  static ArchCondition<JavaClass> allowsEveryImportUnder(String root) {
    return new ArchCondition<>("import only what the package table allows") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        String from = segment(root, type);
        if (!from.equals(MAY_IMPORT_ALL) && !from.equals(TEXT) && !MAY_IMPORT.containsKey(from)) {
          events.add(SimpleConditionEvent.violated(
              type, type.getName() + " is in a package that the table does not have"));
          return;
        }
        for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
          JavaClass target = dependency.getTargetClass().getBaseComponentType();
          if (target.getPackageName().startsWith(root + ".")
              && !allowed(from, segment(root, target))) {
            events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
          }
        }
      }
    };
  }

  private static boolean allowed(String from, String to) {
    return from.equals(to)
        || to.equals(TEXT)
        || from.equals(MAY_IMPORT_ALL)
        || MAY_IMPORT.getOrDefault(from, Set.of()).contains(to);
  }

  /** The first segment under the root, or nothing for a class of the root itself. */
  static String segment(String root, JavaClass type) {
    String rest = type.getPackageName().substring(root.length());
    return rest.isEmpty() ? "" : rest.substring(1).split("\\.", 2)[0];
  }
}
