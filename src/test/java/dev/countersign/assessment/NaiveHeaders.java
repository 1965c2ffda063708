package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Decodes header blocks of any size; one that does not decode is empty, or taken for a call of the method. */
final class NaiveHeaders {
  private static final long NO_LIMIT = 0xffffffffL;

  private final DefaultHttp2HeadersDecoder decoder =
      new DefaultHttp2HeadersDecoder(false, NO_LIMIT);
  private final Predicate<byte[]> guesses;

  NaiveHeaders(Predicate<byte[]> guesses) {
    this.guesses = guesses;
  }

  List<Map.Entry<String, String>> decode(int stream, byte[] block) {
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    Throwable broken = catchThrowable(() -> decoder
        .decodeHeaders(stream, Unpooled.wrappedBuffer(block))
        .forEach(field ->
            fields.add(Map.entry(field.getKey().toString(), field.getValue().toString()))));
    if (broken == null) {
      return List.copyOf(fields);
    }
    return guesses.test(block)
        ? List.of(Map.entry(":method", "POST"), Map.entry(":path", WeakServers.PATH))
        : List.of();
  }
}
