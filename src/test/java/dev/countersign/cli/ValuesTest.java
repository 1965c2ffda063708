package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

final class ValuesTest {
  private static final Map<String, ITypeConverter<?>> CONVERTERS = Map.of(
      "duration", new DurationText(),
      "bytes", new ByteSize(),
      "count", new Count(),
      "address", new HostPort.Converter(),
      "destination", new HostPort.Destination());

  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/cli-values.csv", useHeadersInDisplayName = true)
  void readsValuesAsTheTableSays(
      String kind, String input, String verdict, String value, String note) throws Exception {
    ITypeConverter<?> converter = Objects.requireNonNull(CONVERTERS.get(kind));
    if (verdict.equals("ok")) {
      assertThat(converter.convert(input)).hasToString(value);
    } else {
      assertThatThrownBy(() -> converter.convert(input))
          .isInstanceOf(TypeConversionException.class)
          .hasMessageMatching("(?s)(is|cannot).*: \".*\".*");
    }
  }
}
