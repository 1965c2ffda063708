package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Credential;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.credentials.TrustState;
import dev.countersign.policy.Policy;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Key material outlives the servers and channels that use it, and keeps nothing of those that have ended. */
class ForgottenListenersIT {
  @TempDir
  private Path directory;

  private Lab lab;
  private Listened servers;
  private Listened callers;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    servers = new Listened(lab.material(lab.identity("server"), Role.SERVER));
    callers = new Listened(lab.material(lab.identity("alice"), Role.CLIENT));
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  private SecureServer serve(PolicySource policy, Consumer<Reload> hook) throws Exception {
    return lab.start(SecureServer.builder()
        .listen(Lab.loopback(), Transport.mutualTls(servers))
        .guardedBy(policy)
        .onReload(hook)
        .service(new TextService()));
  }

  private ManagedChannel channel(SecureServer server) throws Exception {
    return SecureChannel.to("127.0.0.1:" + Lab.port(server), Transport.mutualTls(callers))
        .expecting(Lab.SERVER)
        .build();
  }

  @Test
  void keyMaterialKeepsNothingOfAChannelOrAServerThatHasEnded() throws Exception {
    SecureServer server = serve(PolicySource.of(Lab.policy(TextService.POLICY)), reload -> {});
    ManagedChannel first = channel(server);
    ManagedChannel second = channel(server);
    assertThat(TextService.say(first, "one")).isEqualTo("one");
    assertThat(TextService.say(second, "two")).isEqualTo("two");
    assertThat(callers.listeners).hasSize(2);
    assertThat(servers.listeners).as("of reloads and of trust").hasSize(2);

    first.shutdown();
    assertThat(callers.listeners).hasSize(1);
    second.shutdownNow();
    assertThat(callers.listeners).isEmpty();
    assertThat(first.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    assertThat(second.awaitTermination(10, TimeUnit.SECONDS)).isTrue();

    server.close();
    assertThat(servers.listeners).isEmpty();
  }

  @Test
  void serverThatHasEndedTellsNobodyOfAReload() throws Exception {
    List<Reload> told = new ArrayList<>();
    Told policy = new Told();
    SecureServer server = serve(policy, told::add);
    policy.listeners.forEach(each -> each.accept(new Reload(Reload.POLICY, true, "first")));
    assertThat(told).hasSize(1);

    server.close();
    policy.listeners.forEach(each -> each.accept(new Reload(Reload.POLICY, true, "second")));

    assertThat(told).hasSize(1);
  }

  /** Key material that shows who listens to it. */
  private static final class Listened implements KeyMaterial {
    private final KeyMaterial material;
    private final List<Object> listeners = new CopyOnWriteArrayList<>();

    Listened(KeyMaterial material) {
      this.material = material;
    }

    @Override
    public Credential credential() {
      return material.credential();
    }

    @Override
    public TrustState trust() {
      return material.trust();
    }

    @Override
    public void onReload(Consumer<KeyMaterial.Reload> listener) {
      listeners.add(listener);
    }

    @Override
    public void onTrustChange(Runnable listener) {
      listeners.add(listener);
    }

    @Override
    public void forget(Consumer<KeyMaterial.Reload> listener) {
      listeners.remove(listener);
    }

    @Override
    public void forget(Runnable listener) {
      listeners.remove(listener);
    }

    @Override
    public void close() {
      material.close();
    }
  }

  /** A policy whose reloads a test makes up. */
  private static final class Told implements PolicySource {
    private final Policy policy = Lab.policy(TextService.POLICY);
    private final List<Consumer<Reload>> listeners = new ArrayList<>();

    @Override
    public Policy policy() {
      return policy;
    }

    @Override
    public void onChange(Consumer<Policy> taker) {}

    @Override
    public void onReload(Consumer<Reload> listener) {
      listeners.add(listener);
    }

    @Override
    public void close() {}
  }
}
