package dev.countersign.emulator;

import dev.countersign.emulator.EmulatorException.Reason;
import dev.countersign.identity.ServiceAccount;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Google's metadata server and ALTS handshaker for a laptop, a CI job or a test. Unmodified gRPC clients and servers of
 * any language complete real ALTS handshakes through it and protect their connection with the keys that it hands out.
 * It gives no security: whoever reaches a workload's address is that workload. It therefore listens on loopback
 * addresses only, and says so each time it starts.
 *
 * <pre>{@code
 * ServiceAccount server = ServiceAccount.parse("server@demo.iam.gserviceaccount.com");
 * ServiceAccount client = ServiceAccount.parse("client@demo.iam.gserviceaccount.com");
 * try (AltsEmulator emulator = AltsEmulator.builder()
 *     .workload(server, "127.0.0.2:0")
 *     .workload(client, "127.0.0.3:0")
 *     .start()) {
 *   ChannelCredentials credentials = new AltsChannelCredentials.Builder()
 *       .enableUntrustedAltsForTesting()
 *       .setHandshakerAddressForTesting(emulator.address(client).toString())
 *       .addTargetServiceAccount(server.name())
 *       .build();
 *   emulator.inject(Fault.parse("delay=500ms"));
 * }
 * }</pre>
 *
 * <p>The two ends of a handshake may use two emulators, if both were given the same secret: they agree on each
 * connection's key through the handshake's own frames. Thread-safe.
 */
public final class AltsEmulator implements AutoCloseable {
  /** The response header by which its metadata server can be told from Google's. */
  public static final String MARK = "X-Countersign-Emulator";

  private static final Logger LOG = LoggerFactory.getLogger(AltsEmulator.class);

  private final ExecutorService executor = threads();
  private final HandshakerListeners handshakers = new HandshakerListeners(executor);
  private final List<MetadataServer> metadataServers = new ArrayList<>();
  private final Map<ServiceAccount, LoopbackAddress> addresses = new LinkedHashMap<>();
  private final Map<ServiceAccount, LoopbackAddress> metadataAddresses = new LinkedHashMap<>();
  private final Map<ServiceAccount, Faults> faults = new LinkedHashMap<>();

  private AltsEmulator() {}

  /** An emulator with nobody in it yet. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Where a workload finds its handshaker.
   *
   * @throws EmulatorException if it is not one of this emulator's
   */
  public LoopbackAddress address(ServiceAccount account) {
    return known(addresses, account);
  }

  /** Every workload's handshaker, in the order they were given. */
  public Map<ServiceAccount, LoopbackAddress> addresses() {
    return Collections.unmodifiableMap(addresses);
  }

  /** Where the first metadata server listens: the one of the first workload, unless only others were given one. */
  public LoopbackAddress metadataAddress() {
    return metadataServers.get(0).address();
  }

  /**
   * Where the metadata server of a workload listens.
   *
   * @throws EmulatorException if the workload has none
   */
  public LoopbackAddress metadataAddress(ServiceAccount account) {
    return known(metadataAddresses, account);
  }

  /** Every metadata server that was asked for, by the workload that a program sees itself as there. */
  public Map<ServiceAccount, LoopbackAddress> metadataAddresses() {
    return Collections.unmodifiableMap(metadataAddresses);
  }

  /** Lets the handshakers of all workloads misbehave, from the next request on, in addition to what they do already. */
  public void inject(Fault fault) {
    LOG.info("fault injected: {}", fault);
    faults.values().forEach(each -> each.inject(fault));
  }

  /**
   * Lets the handshaker of one workload misbehave, from the next request on.
   *
   * @throws EmulatorException if it is not one of this emulator's
   */
  public void inject(ServiceAccount account, Fault fault) {
    LOG.info("fault injected for {}: {}", account, fault);
    known(faults, account).inject(fault);
  }

  /** Ends all faults; requests that a freeze held up are answered now. */
  public void heal() {
    LOG.info("faults healed");
    faults.values().forEach(Faults::heal);
  }

  /** Breaks off all handshakes; when it returns the ports are free again. Does nothing the second time. */
  @Override
  public void close() {
    metadataServers.forEach(MetadataServer::close);
    handshakers.close();
    executor.shutdownNow();
  }

  private static <T> T known(Map<ServiceAccount, T> map, ServiceAccount account) {
    T value = map.get(account);
    if (value == null) {
      throw new EmulatorException(
          Reason.UNKNOWN_WORKLOAD,
          "workload " + account + " is not emulated here (emulated: " + map.keySet() + ")");
    }
    return value;
  }

  /** Enough threads for the arithmetic: no handshake ever waits on one. */
  private static ExecutorService threads() {
    int count = Math.max(2, Runtime.getRuntime().availableProcessors());
    ThreadPoolExecutor pool = new ThreadPoolExecutor(
        count, count, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
          Thread thread = new Thread(task, "alts-emulator");
          thread.setDaemon(true);
          return thread;
        });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /** What an emulator needs to know before it starts. Not thread-safe. */
  public static final class Builder {
    private static final LoopbackAddress ANY_PORT = LoopbackAddress.parse("127.0.0.1:0");

    private final Map<ServiceAccount, LoopbackAddress> workloads = new LinkedHashMap<>();
    private final Map<ServiceAccount, LoopbackAddress> metadata = new LinkedHashMap<>();
    private final List<Fault> initialFaults = new ArrayList<>();
    private @Nullable LoopbackAddress firstMetadata;
    private @Nullable String cluster;
    private Secret secret = Secret.fresh();

    private Builder() {}

    /**
     * Adds a workload.
     *
     * @param address {@code HOST:PORT} of its handshaker, on loopback; port 0 takes any that is free
     * @throws EmulatorException if the address is not one, or not on loopback, or the account is there already
     */
    public Builder workload(ServiceAccount account, String address) {
      return workload(new Workload(account, LoopbackAddress.parse(address)));
    }

    /**
     * Adds a workload.
     *
     * @throws EmulatorException if its account is there already
     */
    public Builder workload(Workload workload) {
      if (workloads.putIfAbsent(workload.account(), workload.handshaker()) != null) {
        throw new EmulatorException(
            Reason.DUPLICATE_WORKLOAD,
            "workload " + workload.account() + " was given twice (one address each)");
      }
      return this;
    }

    /**
     * Where the metadata server of the first workload listens, instead of on any free port of 127.0.0.1.
     *
     * @throws EmulatorException if that was said already
     */
    public Builder metadata(LoopbackAddress address) {
      if (firstMetadata != null) {
        throw new EmulatorException(
            Reason.DUPLICATE_METADATA,
            "metadata server of the first workload was given twice (one address each)");
      }
      this.firstMetadata = address;
      return this;
    }

    /**
     * Adds a metadata server in which a program sees itself as the given workload.
     *
     * @throws EmulatorException if the workload has one already
     */
    public Builder metadata(ServiceAccount account, LoopbackAddress address) {
      if (metadata.putIfAbsent(account, address) != null) {
        throw new EmulatorException(
            Reason.DUPLICATE_METADATA,
            "metadata server of " + account + " was given twice (one address each)");
      }
      return this;
    }

    /**
     * Adds a metadata server, from a text as a command line takes it.
     *
     * @param text {@code HOST:PORT} for the first workload, or {@code SERVICE_ACCOUNT=HOST:PORT}
     * @throws EmulatorException if it is neither, or not on loopback
     */
    public Builder metadata(String text) {
      if (text.indexOf('=') < 0) {
        return metadata(LoopbackAddress.parse(text));
      }
      Workload seen = Workload.parse(text);
      return metadata(seen.account(), seen.handshaker());
    }

    /** Makes the metadata servers name a GKE cluster; without it there is none. */
    public Builder cluster(String name) {
      this.cluster = name;
      return this;
    }

    /**
     * What this emulator shares with others, instead of a secret of its own.
     *
     * @param bytes at least 16; copied
     * @throws EmulatorException if there are fewer
     */
    public Builder secret(byte[] bytes) {
      this.secret = Secret.of(bytes);
      return this;
    }

    /** A fault that all handshakers start with. */
    public Builder fault(Fault fault) {
      initialFaults.add(fault);
      return this;
    }

    /**
     * Starts all servers.
     *
     * @throws EmulatorException if there is no workload, a metadata server names an unknown one, or an address cannot
     *     be listened on; nothing is left running then
     */
    public AltsEmulator start() {
      if (workloads.isEmpty()) {
        throw new EmulatorException(Reason.NO_WORKLOAD, "no workload was given (at least one)");
      }
      AltsEmulator emulator = new AltsEmulator();
      try {
        workloads.forEach((account, address) -> openHandshaker(emulator, account, address));
        metadataServers().forEach((account, address) -> openMetadata(emulator, account, address));
      } catch (EmulatorException e) {
        emulator.close();
        throw e;
      }
      initialFaults.forEach(emulator::inject);
      LOG.warn(
          "the ALTS emulator gives NO SECURITY: every process of this machine can be any of {}; metadata on {}",
          emulator.addresses,
          emulator.metadataAddress());
      return emulator;
    }

    private Map<ServiceAccount, LoopbackAddress> metadataServers() {
      Map<ServiceAccount, LoopbackAddress> servers = new LinkedHashMap<>();
      if (firstMetadata != null || metadata.isEmpty()) {
        ServiceAccount first = workloads.keySet().iterator().next();
        servers.put(first, firstMetadata == null ? ANY_PORT : firstMetadata);
      }
      metadata.forEach((account, address) -> {
        if (servers.putIfAbsent(account, address) != null) {
          throw new EmulatorException(
              Reason.DUPLICATE_METADATA,
              "metadata server of " + account
                  + " was given twice (it is the first workload; one address each)");
        }
      });
      return servers;
    }

    private void openHandshaker(
        AltsEmulator emulator, ServiceAccount account, LoopbackAddress address) {
      Faults faults = new Faults(emulator.executor);
      HandshakerService service = new HandshakerService(account, secret, faults);
      emulator.faults.put(account, faults);
      emulator.addresses.put(account, emulator.handshakers.open(address, service));
    }

    private void openMetadata(
        AltsEmulator emulator, ServiceAccount account, LoopbackAddress address) {
      known(emulator.addresses, account);
      MetadataServer server =
          MetadataServer.open(address, new MetadataEntries(account, cluster), emulator.executor);
      emulator.metadataServers.add(server);
      emulator.metadataAddresses.put(account, server.address());
    }
  }
}
