package dev.countersign.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.countersign.files.PublicFile;
import dev.countersign.pem.PemException;
import dev.countersign.pki.CertificateAuthority;
import dev.countersign.pki.InventoryException;
import dev.countersign.pki.IssuedCertificate;
import dev.countersign.pki.PkiException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;

/** A command about certificates: how what the authority refuses is told. */
abstract class CertsSubcommand extends Subcommand {
  private static final int MAX_FILE = 64 << 20;

  @Mixin
  private OutputFormat format = new OutputFormat();

  CertsSubcommand(Terminal terminal) {
    super(terminal);
  }

  /** Does the work. */
  protected abstract ExitCode work()
      throws IOException, PkiException, PemException, InventoryException;

  @Override
  protected final ExitCode run() throws IOException {
    try {
      return work();
    } catch (PkiException e) {
      throw explained(e);
    } catch (PemException e) {
      throw CommandException.refused(String.valueOf(e.getMessage()));
    } catch (InventoryException e) {
      throw new CommandException(
          ExitCode.REFUSED, String.valueOf(e.getMessage()).lines().toList(), List.of());
    }
  }

  private static CommandException explained(PkiException thrown) {
    String problem = String.valueOf(thrown.getMessage());
    return switch (thrown.reason()) {
      case BAD_NAME, NO_NAMES, BAD_ADDRESS, BAD_LIFETIME, UNKNOWN_PROFILE ->
        CommandException.usage(problem);
      case NO_AUTHORITY, BAD_STATE, NOT_DELIVERED -> CommandException.environment(problem);
      default -> CommandException.refused(problem);
    };
  }

  CertificateAuthority authority(Path directory) throws IOException, PkiException {
    return CertificateAuthority.open(directory, terminal.clock());
  }

  static byte[] read(Path file) throws IOException {
    return PublicFile.read(file, MAX_FILE);
  }

  /** A file as an error names it. */
  static String named(String kind, Path file) {
    return kind + " " + Printable.quoted(file.toString());
  }

  boolean isJson() {
    return format.isJson();
  }

  void print(String line) {
    terminal.out().println(Printable.of(line));
  }

  void print(JsonLine.Fields fields) {
    terminal.out().println(JsonLine.of(fields));
  }

  /** One certificate on one line: what, where, until when. */
  void printIssued(String verb, Path directory, IssuedCertificate certificate) {
    if (isJson()) {
      print(json -> {
        json.writeStringField("action", verb);
        json.writeStringField("directory", directory.resolve(certificate.name()).toString());
        writeCertificate(json, certificate);
      });
    } else {
      print(verb + " " + directory.resolve(certificate.name()) + ": " + principals(certificate)
          + " until " + certificate.notAfter() + ", serial " + certificate.serialHex());
    }
  }

  static String principals(IssuedCertificate certificate) {
    return certificate
        .request()
        .spiffeId()
        .map(Object::toString)
        .orElseGet(() -> certificate.request().dnsNames().get(0).name());
  }

  static void writeCertificate(JsonGenerator json, IssuedCertificate certificate)
      throws IOException {
    json.writeStringField("name", certificate.name());
    json.writeStringField("principal", principals(certificate));
    json.writeStringField("profile", certificate.request().profile().label());
    json.writeStringField("serial", certificate.serialHex());
    json.writeStringField("not_before", certificate.notBefore().toString());
    json.writeStringField("not_after", certificate.notAfter().toString());
    json.writeStringField("due", certificate.due().toString());
    if (certificate.revokedAt().isPresent()) {
      json.writeStringField("revoked_at", certificate.revokedAt().get().toString());
    }
  }
}
