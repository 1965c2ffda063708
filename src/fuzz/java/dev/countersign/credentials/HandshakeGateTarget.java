package dev.countersign.credentials;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@link HandshakeGate} under every order of events that the input asks for: pieces that arrive, the handshake's thread
 * and the event loop that get on, the handshake that ends, the connection that does. What comes out is what went in, in its
 * order, and until the end of the handshake one piece at a time.
 */
public final class HandshakeGateTarget implements Target {
  @Override
  public void read(byte[] input) {
    Run run = new Run();
    for (byte event : input) {
      switch (event & 3) {
        case 0 -> run.arrives(event);
        case 1 -> run.handshakeThreadGetsOn(event < 0);
        case 2 -> run.channel.runPendingTasks();
        default -> run.isCutOff();
      }
    }
    run.ends();
  }

  /** One connection, with two threads that get on when they are told. */
  private static final class Run {
    private final EmbeddedChannel handshakeThread = new EmbeddedChannel();
    private final HandshakeGate gate = new HandshakeGate(handshakeThread.eventLoop());
    private final Behind behind = new Behind();
    private final EmbeddedChannel channel = new EmbeddedChannel(gate, behind);
    private final List<ByteBuf> pieces = new ArrayList<>();
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private boolean cutOff;

    void arrives(byte content) {
      if (cutOff) {
        return;
      }
      byte[] bytes = {content, (byte) pieces.size()};
      sent.writeBytes(bytes);
      ByteBuf piece = Unpooled.wrappedBuffer(bytes);
      pieces.add(piece);
      // Not writeInbound, which would let the event loop get on as well.
      channel.pipeline().fireChannelRead(piece);
    }

    /** A handshake ends while its thread deals with a piece. */
    void handshakeThreadGetsOn(boolean handshakeEnds) {
      if (handshakeEnds && behind.isBusy) {
        gate.finish();
        behind.isFinished = true;
      }
      handshakeThread.runPendingTasks();
      behind.isBusy = false;
    }

    void isCutOff() {
      if (!cutOff) {
        cutOff = true;
        channel.pipeline().fireChannelInactive();
      }
    }

    void ends() {
      if (cutOff) {
        endsInTheMidst();
      } else {
        endsAfterTheHandshake();
      }
      channel.finishAndReleaseAll();
      handshakeThread.finishAndReleaseAll();
    }

    private void endsInTheMidst() {
      for (int i = 0; i < 2 * pieces.size() + 2; i++) {
        handshakeThreadGetsOn(false);
        channel.runPendingTasks();
      }
      Claims.that(behind.ends == 1, "those behind the gate hear once of the end");
      Claims.that(
          pieces.stream().allMatch(piece -> piece.refCnt() == 0), "every piece is released");
    }

    private void endsAfterTheHandshake() {
      arrives((byte) 0);
      for (int i = 0; i < 2 * pieces.size() + 2; i++) {
        boolean last = behind.seen.size() == sent.size();
        handshakeThreadGetsOn(last);
        channel.runPendingTasks();
      }
      Claims.that(behind.isFinished, "every piece gets to the handshake, or behind it");
      Claims.that(
          channel.pipeline().get(HandshakeGate.class) == null,
          "the gate opens after the handshake");
      Claims.that(
          Arrays.equals(behind.seen.toByteArray(), sent.toByteArray()),
          "what comes out is what went in, in its order");
      Claims.that(channel.config().isAutoRead(), "the network is read again");
      Claims.that(
          pieces.stream().allMatch(piece -> piece.refCnt() == 0), "every piece is released");
    }
  }

  /** The handlers behind the gate. */
  private static final class Behind extends ChannelInboundHandlerAdapter {
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private boolean isBusy;
    private boolean isFinished;
    private int ends;

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      ends++;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object piece) {
      Claims.that(isFinished || !isBusy, "one piece at a time during the handshake");
      isBusy = true;
      ByteBuf bytes = (ByteBuf) piece;
      while (bytes.isReadable()) {
        seen.write(bytes.readByte());
      }
      bytes.release();
    }
  }

  @Override
  public List<byte[]> seeds() {
    return List.of(
        new byte[] {0, 1, 2, 4, 1, 2, 8, -127, 2},
        new byte[] {0, 4, 8, 1, 2, 1, 2, -127, 2, 12},
        new byte[] {0, -127, 4, 2, 8},
        new byte[] {0, 4, 3, 1, 2, 1, 2},
        new byte[] {0, 4, 1, 3, -127, 2});
  }
}
