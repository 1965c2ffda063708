package dev.countersign.cli;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import dev.countersign.identity.IdentityException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The values of flags: refused in one way, with words that can be shown, and read again as they are printed. */
public final class FlagsTarget implements Target {
  private static final List<ITypeConverter<?>> CONVERTERS = List.of(
      new DurationText(),
      new ByteSize(),
      new Count(),
      new HostPort.Converter(),
      new HostPort.Destination(),
      new Place.Listener(),
      new Place.Target(),
      new MethodName.Converter(),
      new MethodPath(),
      new PrincipalText());

  @Override
  public void read(byte[] input) throws Exception {
    if (input.length == 0) {
      return;
    }
    String text = new String(input, 1, input.length - 1, StandardCharsets.UTF_8);
    int which = Byte.toUnsignedInt(input[0]) % (CONVERTERS.size() + 1);
    if (which == CONVERTERS.size()) {
      headers(text);
      return;
    }
    ITypeConverter<?> converter = CONVERTERS.get(which);
    Object value = convert(converter, text);
    if (value instanceof Duration duration) {
      Claims.that(!duration.isNegative() && !duration.isZero(), "a duration is positive");
      Claims.that(duration.toMillis() > 0, "a duration can be counted in milliseconds");
    } else if (value instanceof Integer number) {
      Claims.that(number > 0, "a number is positive");
    } else if (value != null) {
      String printed = String.valueOf(value);
      Claims.same(convert(converter, printed), value, "read again as it is printed");
    }
    if (value instanceof HostPort place) {
      Claims.that(place.port() >= 0 && place.port() <= 65_535, "a port is a port");
    }
  }

  private static @Nullable Object convert(ITypeConverter<?> converter, String text)
      throws Exception {
    try {
      return converter.convert(text);
    } catch (TypeConversionException | IdentityException | CommandException e) {
      Claims.message(e.getMessage());
      return null;
    }
  }

  private static void headers(String text) {
    Headers headers;
    try {
      headers = CommandLine.populateCommand(new Headers(), "--header=" + text);
    } catch (CommandLine.ParameterException e) {
      return;
    }
    Map<String, List<String>> values;
    try {
      values = headers.byName();
    } catch (CommandException e) {
      Claims.message(e.getMessage());
      int equals = text.indexOf('=');
      String value = text.substring(equals + 1);
      Claims.that(
          equals < 1
              || value.length() < 12
              || text.substring(0, equals).contains(value)
              || !String.valueOf(e.getMessage()).contains(value),
          "a refused header does not show its value");
      return;
    }
    values.keySet().forEach(Claims::ascii);
    Claims.same(headers.metadata().keys(), values.keySet(), "every header is sent");
    headers.asPolicySeesThem().values().forEach(Claims::ascii);
  }

  @Override
  public List<byte[]> seeds() {
    return Claims.inputs(
        "\u0000500ms",
        "\u00014MiB",
        "\u00027",
        "\u0003[::1%eth0]:443",
        "\u0004host:1",
        "\u0005alts=127.0.0.1:0",
        "\u0006mtls=a.example:8443",
        "\u0007a.B/C",
        "\b/a.B/C",
        "\tspiffe://example.org/a",
        "\nkey=value",
        "\nkey-bin=AAA=");
  }
}
