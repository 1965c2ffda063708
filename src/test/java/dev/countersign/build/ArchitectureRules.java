package dev.countersign.build;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.logging.LogManager;
import java.util.regex.Pattern;
import javax.net.ssl.TrustManager;

/** The rules that hold between classes, for the packages under one root: ours, or the fixtures that break them. */
enum ArchitectureRules {
  IMPORTS_FOLLOW_THE_PACKAGE_TABLE {
    @Override
    ArchRule under(String root) {
      return classes().should(PackageTable.allowsEveryImportUnder(root));
    }
  },
  POLICY_KNOWS_NO_FILE_CERTIFICATE_SESSION_OR_GRPC_TYPE {
    @Override
    ArchRule under(String root) {
      return noClasses()
          .that()
          .resideInAPackage(root + ".policy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.nio.file..", "java.security.cert..", "javax.net.ssl..", "io.grpc..")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching("java\\.io\\.(File|RandomAccessFile).*");
    }
  },
  BOUNCY_CASTLE_STAYS_IN_PKI {
    @Override
    ArchRule under(String root) {
      return onlyIn(root, Set.of("pki"), "org.bouncycastle..");
    }
  },
  YAML_STAYS_IN_PKI {
    @Override
    ArchRule under(String root) {
      return onlyIn(root, Set.of("pki"), "org.snakeyaml..");
    }
  },
  PICOCLI_STAYS_IN_CLI {
    @Override
    ArchRule under(String root) {
      return onlyIn(root, Set.of("cli"), "picocli..");
    }
  },
  PROTOBUF_JSON_STAYS_IN_THE_APPLICATION {
    @Override
    ArchRule under(String root) {
      return onlyIn(root, Set.of("assessment", "demo", "cli"), "com.google.protobuf.util..");
    }
  },
  NETTY_STAYS_IN_CREDENTIALS_AND_SERVER {
    @Override
    ArchRule under(String root) {
      // The emulator's listeners need event loops of their own; that one class may make them. The
      // assessment reads header blocks with Netty's HPACK, in one class too. A unix socket is a
      // kind of
      // channel that only Netty can name, in one class again.
      return noClasses()
          .that()
          .resideOutsideOfPackages(within(root, "credentials", "server"))
          .and()
          .doNotHaveFullyQualifiedName(root + ".emulator.HandshakerListeners")
          .and()
          .doNotHaveFullyQualifiedName(root + ".assessment.HeaderDecoder")
          .and()
          .doNotHaveFullyQualifiedName(root + ".workload.AgentChannels")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "io.grpc.netty..");
    }
  },
  ONE_CLASS_OF_SERVER_KNOWS_NETTY {
    @Override
    ArchRule under(String root) {
      return classes()
          .that()
          .resideInAPackage(root + ".server..")
          .should(new UsedByOneClass("io\\.(netty|grpc\\.netty)\\..*", target -> "Netty"));
    }
  },
  ONE_CLASS_USES_EACH_INTERNAL_TYPE_OF_GRPC {
    @Override
    ArchRule under(String root) {
      // The handshaker's protocol is no secret of grpc-java: its .proto is published in the jar.
      // The emulator speaks one side of it, credentials the other.
      return classes()
          .should(new UsedByOneClass(
              "(?!io\\.grpc\\.alts\\.internal\\." + HANDSHAKER_PROTOCOL
                  + ")io\\.grpc\\.(.*\\.)?(internal\\..*|Internal\\w+)",
              JavaClass::getName));
    }
  },
  PACKAGES_HAVE_NO_CYCLES {
    @Override
    ArchRule under(String root) {
      return slices().matching(root + ".(**)").should().beFreeOfCycles();
    }
  },
  ONLY_CLI_READS_THE_CLOCK {
    @Override
    ArchRule under(String root) {
      return classes()
          .that()
          .resideOutsideOfPackage(root + ".cli..")
          .should(notAccess(
              "java\\.time\\.\\w+\\.now",
              "java\\.time\\.Clock\\.(system|tick).*",
              "java\\.lang\\.System\\.currentTimeMillis",
              "java\\.util\\.Calendar\\.getInstance",
              "java\\.util\\.Date\\.<init>\\(\\)"));
    }
  },
  DEFAULT_CLOCK_IS_TAKEN_WHERE_CALLERS_COME_IN {
    @Override
    ArchRule under(String root) {
      return classes()
          .that()
          .resideOutsideOfPackages(within(root, "cli", "client", "credentials", "guard", "server"))
          .should(notAccess("java\\.time\\.InstantSource\\.(system|tick)"));
    }
  },
  ELAPSED_TIME_IS_READ_WHERE_SOMETHING_IS_WAITED_FOR {
    @Override
    ArchRule under(String root) {
      return classes()
          .that()
          .resideOutsideOfPackages(
              within(root, "assessment", "cli", "client", "files", "guard", "platform", "server"))
          .should(notAccess("java\\.lang\\.System\\.nanoTime"));
    }
  },
  PACKAGES_ARE_NAMED_FOR_WHAT_THEY_DO {
    @Override
    ArchRule under(String root) {
      return noClasses()
          .should()
          .resideInAnyPackage(
              "..util..",
              "..utils..",
              "..common..",
              "..helper..",
              "..helpers..",
              "..model..",
              "..exception..",
              "..exceptions..",
              "..impl..");
    }
  },
  CLASSES_ARE_NAMED_FOR_WHAT_THEY_ARE {
    @Override
    ArchRule under(String root) {
      return noClasses()
          .that()
          .areNotAssignableTo(TrustManager.class)
          .and()
          .areNotAssignableTo(LogManager.class)
          .should()
          .haveNameMatching(".*(Helper|Util|Utils|Manager|Impl)s?(\\$.*)?");
    }
  };

  private static final String HANDSHAKER_PROTOCOL =
      "(Handshake(Protocol|r(Req|Resp|Result|Status|ServiceGrpc))|Identity|RpcProtocolVersions"
          + "|ServerHandshakeParameters|Start(Client|Server)HandshakeReq|NextHandshakeMessageReq)(\\$.*)?";

  abstract ArchRule under(String root);

  private static ArchRule onlyIn(String root, Set<String> packages, String... libraries) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(within(root, packages.toArray(String[]::new)))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries);
  }

  private static String[] within(String root, String... packages) {
    return Arrays.stream(packages).map(p -> root + "." + p + "..").toArray(String[]::new);
  }

  /** Calls, method references and constructors alike; a pattern may name the parameters too. */
  private static ArchCondition<JavaClass> notAccess(String... targets) {
    List<Pattern> patterns = Arrays.stream(targets).map(Pattern::compile).toList();
    return new ArchCondition<>("not read " + List.of(targets)) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaAccess<?> access : type.getAccessesFromSelf()) {
          String full = access.getTarget().getFullName();
          Predicate<Pattern> matches = p ->
              p.matcher(full).matches() || p.matcher(full.split("\\(", 2)[0]).matches();
          if (patterns.stream().anyMatch(matches)) {
            events.add(SimpleConditionEvent.violated(access, access.getDescription()));
          }
        }
      }
    };
  }
}
