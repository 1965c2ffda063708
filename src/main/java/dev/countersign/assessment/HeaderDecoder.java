package dev.countersign.assessment;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the header blocks of one connection; the only place here that knows Netty, for its HPACK. */
final class HeaderDecoder {
  private static final long MAX_LIST = 1 << 20;

  private final DefaultHttp2HeadersDecoder decoder =
      new DefaultHttp2HeadersDecoder(false, MAX_LIST);

  /** The fields in their order. */
  List<Map.Entry<String, String>> decode(int stream, byte[] block) throws IOException {
    try {
      List<Map.Entry<String, String>> fields = new ArrayList<>();
      decoder
          .decodeHeaders(stream, Unpooled.wrappedBuffer(block))
          .forEach(field ->
              fields.add(Map.entry(field.getKey().toString(), field.getValue().toString())));
      return fields;
    } catch (Http2Exception e) {
      throw new IOException("the target's header block does not decode", e);
    }
  }
}
