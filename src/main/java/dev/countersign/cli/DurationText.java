package dev.countersign.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A length of time as a person types it: {@code 500ms}, {@code 1s}, {@code 90m}, {@code 24h}, {@code 7d}. */
final class DurationText implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

  @Override
  public Duration convert(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new TypeConversionException("is not a duration: "
          + Printable.quoted(text)
          + " (a whole number and ms, s, m, h or d, as in 500ms or 24h)");
    }
    long number = Long.parseLong(form.group(1));
    if (number == 0) {
      throw new TypeConversionException("is not positive: " + Printable.quoted(text));
    }
    return switch (form.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }
}
