package dev.countersign.cli;

import dev.countersign.pki.PkiException;
import dev.countersign.pki.Rotation;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "rotate",
    header = "The next step of replacing the root without cutting anyone off.",
    footer = {"", "Example:", "  countersign certs rotate --dir certs/out"})
final class CertsRotate extends CertsSubcommand {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "Where the authority and the identity directories are.")
  private Path directory = Path.of("");

  CertsRotate(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode work() throws IOException, PkiException {
    Rotation step = authority(directory).rotate();
    if (isJson()) {
      print(json -> {
        json.writeStringField("phase", step.phase().name());
        json.writeArrayFieldStart("changed");
        for (String identity : step.changed()) {
          json.writeString(identity);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("left");
        for (String identity : step.left()) {
          json.writeString(identity);
        }
        json.writeEndArray();
        json.writeStringField("before_next", step.beforeNext());
      });
      return ExitCode.DONE;
    }
    print(
        switch (step.phase()) {
          case TRUSTING_BOTH -> "step 1 of 3: both roots are trusted, the old one still issues";
          case ISSUING_FROM_NEW -> "step 2 of 3: the new root issues, both are trusted";
          case STEADY -> "step 3 of 3: the old root is dropped";
        });
    print("written: " + String.join(", ", step.changed()));
    if (!step.left().isEmpty()) {
      print("not issued again (revoked, expired, or their keys are elsewhere): "
          + String.join(", ", step.left()));
    }
    print("before the next step: " + step.beforeNext());
    return ExitCode.DONE;
  }
}
