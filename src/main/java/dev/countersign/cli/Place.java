package dev.countersign.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code [transport=]host:port}: where to listen or what to call, and how.
 *
 * @param transport what to speak there
 * @param address the host and the port
 */
record Place(TransportChoice transport, HostPort address) {

  static Place parse(String text) {
    int equals = text.indexOf('=');
    return equals < 0
        ? new Place(TransportChoice.AUTO, HostPort.parse(text))
        : new Place(
            TransportChoice.parse(text.substring(0, equals)),
            HostPort.parse(text.substring(equals + 1)));
  }

  @Override
  public String toString() {
    return transport + "=" + address;
  }

  /** A listener on the command line. */
  static final class Listener implements ITypeConverter<Place> {
    @Override
    public Place convert(String text) {
      return parse(text);
    }
  }

  /** A target on the command line. */
  static final class Target implements ITypeConverter<Place> {
    @Override
    public Place convert(String text) {
      Place place = parse(text);
      if (!place.address().isReachable()) {
        throw new TypeConversionException(
            "cannot be connected to: " + Printable.quoted(text) + " (a host and a port above 0)");
      }
      return place;
    }
  }
}
