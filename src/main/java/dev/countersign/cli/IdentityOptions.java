package dev.countersign.cli;

import dev.countersign.identity.SpiffeId;
import dev.countersign.workload.AgentSocket;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Who we are: in files, or as an agent says. */
final class IdentityOptions {
  /** What an error tells to give. */
  static final String NEEDED =
      "an identity is needed: --identity DIR, or --cert, --key and --trust, or --workload-api"
          + " unix:/PATH";

  @Mixin
  private FileIdentityOptions files = new FileIdentityOptions();

  @Option(
      names = "--workload-api",
      paramLabel = "unix:/PATH",
      converter = SocketConverter.class,
      description = "Instead of files: the socket of an agent that serves the SPIFFE Workload API"
          + " (default: SPIFFE_ENDPOINT_SOCKET, if no identity is named).")
  private @Nullable AgentSocket agent;

  @Option(
      names = "--spiffe-id",
      paramLabel = "SPIFFE_ID",
      converter = SpiffeIdConverter.class,
      description = "Which identity to take from the agent (default: the first).")
  private @Nullable SpiffeId wanted;

  /**
   * Where the identity is, if one is named at all.
   *
   * @throws CommandException if the flags contradict each other or name only a part
   */
  Optional<IdentitySource> source() {
    Optional<IdentitySource> inFiles = files.files().map(IdentitySource.Files::new);
    if (agent == null) {
      if (wanted != null) {
        throw CommandException.usage("--spiffe-id needs --workload-api");
      }
      return inFiles;
    }
    if (inFiles.isPresent()) {
      throw CommandException.usage(
          "--workload-api brings everything and excludes --identity, --cert, --key, --trust and"
              + " --crl");
    }
    return Optional.of(new IdentitySource.Agent(agent, Optional.ofNullable(wanted)));
  }

  /**
   * Where an identity is that must be there.
   *
   * @throws CommandException if none is named
   */
  IdentitySource requiredSource() {
    return source().orElseThrow(() -> CommandException.usage(NEEDED));
  }

  private static final class SocketConverter implements ITypeConverter<AgentSocket> {
    @Override
    public AgentSocket convert(String text) {
      try {
        return AgentSocket.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  private static final class SpiffeIdConverter implements ITypeConverter<SpiffeId> {
    @Override
    public SpiffeId convert(String text) {
      return SpiffeId.parse(text);
    }
  }
}
