package dev.countersign.policy;

import dev.countersign.policy.Rule.HeaderPattern;
import dev.countersign.policy.StringPattern.Kind;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.xds.InternalRbacFilter;
import io.grpc.xds.shaded.io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.grpc.xds.shaded.io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.grpc.xds.shaded.io.envoyproxy.envoy.config.rbac.v3.RBAC.Action;
import io.grpc.xds.shaded.io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.grpc.xds.shaded.io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.grpc.xds.shaded.io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.grpc.xds.shaded.io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.grpc.xds.shaded.io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.List;

/** The same policy in grpc-java's own engine: one filter that denies, and behind it one that allows. */
public final class RbacOracle {
  private static final RegexMatcher SOMETHING =
      RegexMatcher.newBuilder().setRegex(".+").build();

  private final ServerInterceptor deny;
  private final ServerInterceptor allow;

  private RbacOracle(ServerInterceptor deny, ServerInterceptor allow) {
    this.deny = deny;
    this.allow = allow;
  }

  /** Translates a policy. */
  public static RbacOracle of(Policy policy) {
    var deny = io.grpc
        .xds
        .shaded
        .io
        .envoyproxy
        .envoy
        .config
        .rbac
        .v3
        .RBAC
        .newBuilder()
        .setAction(Action.DENY);
    var allow = io.grpc
        .xds
        .shaded
        .io
        .envoyproxy
        .envoy
        .config
        .rbac
        .v3
        .RBAC
        .newBuilder()
        .setAction(Action.ALLOW);
    for (int i = 0; i < policy.rules().size(); i++) {
      Rule rule = policy.rules().rule(i);
      (policy.rules().isDeny(i) ? deny : allow).putPolicies(rule.name(), policy(rule));
    }
    return new RbacOracle(
        InternalRbacFilter.createInterceptor(RBAC.newBuilder().setRules(deny).build()),
        InternalRbacFilter.createInterceptor(RBAC.newBuilder().setRules(allow).build()));
  }

  /** Whether both filters let the call through to its handler. */
  public boolean allows(ServerCall<byte[], byte[]> call, Metadata headers) {
    Handler handler = new Handler();
    ServerCallHandler<byte[], byte[]> second =
        (allowed, metadata) -> allow.interceptCall(allowed, metadata, handler);
    var unused = deny.interceptCall(call, headers, second);
    return handler.reached;
  }

  /** Remembers whether it was called. */
  private static final class Handler implements ServerCallHandler<byte[], byte[]> {
    private boolean reached;

    @Override
    public ServerCall.Listener<byte[]> startCall(
        ServerCall<byte[], byte[]> call, Metadata headers) {
      reached = true;
      return new ServerCall.Listener<byte[]>() {};
    }
  }

  private static io.grpc.xds.shaded.io.envoyproxy.envoy.config.rbac.v3.Policy policy(Rule rule) {
    var policy = io.grpc.xds.shaded.io.envoyproxy.envoy.config.rbac.v3.Policy.newBuilder();
    Principal.Set.Builder principals = Principal.Set.newBuilder();
    for (StringPattern pattern : rule.principals()) {
      principals.addIds(Principal.newBuilder()
          .setAuthenticated(
              Principal.Authenticated.newBuilder().setPrincipalName(matcher(pattern))));
    }
    policy.addPrincipals(
        rule.principals().isEmpty()
            ? Principal.newBuilder().setAny(true)
            : Principal.newBuilder().setOrIds(principals));
    Permission.Set.Builder request = Permission.Set.newBuilder();
    request.addRules(Permission.newBuilder().setAny(true));
    if (!rule.paths().isEmpty()) {
      request.addRules(Permission.newBuilder().setOrRules(paths(rule.paths())));
    }
    for (HeaderPattern header : rule.headers()) {
      Permission.Set.Builder values = Permission.Set.newBuilder();
      header
          .values()
          .forEach(value ->
              values.addRules(Permission.newBuilder().setHeader(matcher(header.key(), value))));
      request.addRules(Permission.newBuilder().setOrRules(values));
    }
    return policy.addPermissions(Permission.newBuilder().setAndRules(request)).build();
  }

  private static Permission.Set paths(List<StringPattern> patterns) {
    Permission.Set.Builder paths = Permission.Set.newBuilder();
    patterns.forEach(path -> paths.addRules(
        Permission.newBuilder().setUrlPath(PathMatcher.newBuilder().setPath(matcher(path)))));
    return paths.build();
  }

  private static HeaderMatcher matcher(String key, StringPattern value) {
    return HeaderMatcher.newBuilder()
        .setName(key)
        .setStringMatch(matcher(value))
        .build();
  }

  private static StringMatcher matcher(StringPattern pattern) {
    StringMatcher.Builder text = StringMatcher.newBuilder();
    Kind kind = pattern.kind();
    return switch (kind) {
      case EXACT -> text.setExact(pattern.text()).build();
      case PREFIX -> text.setPrefix(pattern.text()).build();
      case SUFFIX -> text.setSuffix(pattern.text()).build();
      case PRESENT, ANY -> text.setSafeRegex(SOMETHING).build();
    };
  }
}
