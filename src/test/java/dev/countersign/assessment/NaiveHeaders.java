package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Decodes header blocks of any size, and takes one that does not decode for a call of the method. */
final class NaiveHeaders {
  private static final long NO_LIMIT = 0xffffffffL;

  private final DefaultHttp2HeadersDecoder decoder =
      new DefaultHttp2HeadersDecoder(false, NO_LIMIT);

  List<Map.Entry<String, String>> decode(int stream, byte[] block) {
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    Throwable broken = catchThrowable(() -> decoder
        .decodeHeaders(stream, Unpooled.wrappedBuffer(block))
        .forEach(field ->
            fields.add(Map.entry(field.getKey().toString(), field.getValue().toString()))));
    return broken == null
        ? List.copyOf(fields)
        : List.of(Map.entry(":method", "POST"), Map.entry(":path", WeakServers.PATH));
  }
}
