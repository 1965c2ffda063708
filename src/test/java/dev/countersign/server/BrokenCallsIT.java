package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.Frame;
import dev.countersign.assessment.RawHttp2;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Scanner;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A call that fails below its handler, or in it, ends by itself: on a plain server the handler's answer comes after the
 * trailers, and breaks off the connection.
 */
@Timeout(120)
class BrokenCallsIT {
  private static final String ADD = "lab.Numbers/Add";
  private static final byte[] ONE = {1};
  private static final byte[] UNREADABLE = {1, 2};
  private static final byte[] FAILS = {0};
  private static final int CALLS = 90;
  private static final int ROUNDS = 50;

  @TempDir
  private Path directory;

  private Lab lab;
  private SecureServer server;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    server = lab.start(lab.server(TextService.POLICY).service(new Numbers()));
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"unreadable", "fails"})
  void aPlainServerBreaksOffTheConnection(String how) throws Exception {
    int port = lab.plainServer(new Numbers()).getPort();
    boolean broken = false;
    for (int round = 0; round < ROUNDS && !broken; round++) {
      broken = !survives(port, message(how));
    }

    assertThat(broken).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"unreadable", "fails"})
  void oursEndsTheCall(String how) throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(survives(Lab.port(server), message(how))).isTrue();
    }
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    try (CapturedLog log = new CapturedLog();
        RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      client.request(1, "/" + ADD).message(1, UNREADABLE).send();

      RawHttp2.Answer answer = client.answer(1);

      assertThat(answer.grpcStatus()).isEqualTo("13");
      assertThat(answer.message()).isEqualTo("message cannot be read");
      assertThat(log.await(ADD))
          .startsWith("WARNING")
          .contains("alice", "message cannot be read", "a number\\u000ahas one byte");
    }
  }

  private static byte[] message(String how) {
    return how.equals("unreadable") ? UNREADABLE : FAILS;
  }

  /** Whether a connection with many such calls is there for another one afterwards; each of them ends once. */
  private boolean survives(int port, byte[] message) throws Exception {
    try (RawHttp2 client = lab.raw(port, "alice")) {
      for (int i = 0; i < CALLS; i++) {
        client.request(2 * i + 1, "/" + ADD).message(2 * i + 1, message);
      }
      int last = 2 * CALLS + 1;
      client.request(last, "/" + ADD).message(last, ONE).send();
      Map<Integer, Integer> ends = new TreeMap<>();
      while (ends.size() <= CALLS) {
        Frame frame = client.next();
        if (frame.type() == Frame.GOAWAY || frame.type() == Frame.CLOSED) {
          return false;
        }
        if (frame.endsStream()) {
          ends.merge(frame.stream(), 1, Integer::sum);
        }
      }
      assertThat(ends.values()).containsOnly(1);
      return true;
    }
  }

  /** Adds up what it is sent, and answers when that ends; fails for a zero. */
  private static final class Numbers implements BindableService {
    @Override
    public ServerServiceDefinition bindService() {
      MethodDescriptor<Integer, Integer> add = MethodDescriptor.newBuilder(Digit.ONLY, Digit.ONLY)
          .setType(MethodType.CLIENT_STREAMING)
          .setFullMethodName(ADD)
          .build();
      return ServerServiceDefinition.builder("lab.Numbers")
          .addMethod(add, ServerCalls.asyncClientStreamingCall(Sum::new))
          .build();
    }
  }

  private static final class Sum implements StreamObserver<Integer> {
    private final StreamObserver<Integer> answer;
    private int sum;

    Sum(StreamObserver<Integer> answer) {
      this.answer = answer;
    }

    @Override
    public void onNext(Integer number) {
      if (number == 0) {
        throw new IllegalStateException("the handler fails");
      }
      sum += number;
    }

    @Override
    public void onError(Throwable cancelled) {}

    @Override
    public void onCompleted() {
      answer.onNext(sum);
      answer.onCompleted();
    }
  }

  /** A number of one byte. */
  private enum Digit implements MethodDescriptor.Marshaller<Integer> {
    ONLY;

    @Override
    public InputStream stream(Integer value) {
      return new ByteArrayInputStream(new byte[] {value.byteValue()});
    }

    @Override
    public Integer parse(InputStream stream) {
      String bytes = new Scanner(stream, StandardCharsets.ISO_8859_1)
          .useDelimiter("\\A")
          .tokens()
          .findFirst()
          .orElse("");
      if (bytes.length() != 1) {
        throw new IllegalArgumentException("a number\nhas one byte, found " + bytes.length());
      }
      return (int) bytes.charAt(0);
    }
  }
}
