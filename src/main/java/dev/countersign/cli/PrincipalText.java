package dev.countersign.cli;

import dev.countersign.identity.Principal;
import picocli.CommandLine.ITypeConverter;

/** A principal on the command line, told by its shape. */
final class PrincipalText implements ITypeConverter<Principal> {
  @Override
  public Principal convert(String text) {
    return Principal.parse(text);
  }
}
