package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateForge;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A hello with two host names is refused (RFC 6066 section 3), where the same with one is answered. */
final class ServerNamesIT {
  private static final int HANDSHAKE = 22;
  private static final int ALERT = 21;
  private static final int RECORD_HEADER = 5;
  private static final int PATIENCE_MILLIS = 60_000;
  private static final String NAME = "one.example";

  @TempDir
  private Path directory;

  @ParameterizedTest
  @EnumSource(TlsOptions.Provider.class)
  void aHelloWithTwoHostNamesIsRefused(TlsOptions.Provider provider) throws Exception {
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    forge
        .leaf()
        .spiffe(SpiffeId.parse("spiffe://example.org/server").name())
        .server()
        .issuedBy(forge.root("CN=Root").selfSigned())
        .writeTo(directory.resolve("server"));
    try (KeyMaterial material = KeyMaterial.watching(directory.resolve("server"), Role.SERVER);
        Loopback server = new Loopback(
            Transport.mutualTls(material, new TlsOptions(TlsOptions.Version.TLS_1_3, provider)))) {
      assertThat(firstAnswer(server.port(), hello())).isEqualTo(HANDSHAKE);

      assertThat(firstAnswer(server.port(), withAnotherName(hello(), "two.example")))
          .isEqualTo(ALERT);
    }
  }

  /** The type of the first record that comes back. */
  private static int firstAnswer(int port, byte[] hello) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(hello);
      return socket.getInputStream().read();
    }
  }

  private static byte[] hello() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, null, null);
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3"});
    parameters.setApplicationProtocols(new String[] {"h2"});
    parameters.setServerNames(List.of(new SNIHostName(NAME)));
    engine.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    return Arrays.copyOf(record.array(), record.position());
  }

  /** The same hello with one more name in the list, and every length around it grown by as much. */
  private static byte[] withAnotherName(byte[] hello, String name) {
    byte[] other = name.getBytes(StandardCharsets.US_ASCII);
    byte[] entry = ByteBuffer.allocate(3 + other.length)
        .put((byte) 0)
        .putShort((short) other.length)
        .put(other)
        .array();
    int at = indexOf(hello, NAME.getBytes(StandardCharsets.US_ASCII));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(hello, 0, at + NAME.length());
    out.writeBytes(entry);
    out.write(hello, at + NAME.length(), hello.length - at - NAME.length());
    byte[] longer = out.toByteArray();
    ByteBuffer lengths = ByteBuffer.wrap(longer);
    // The list of names and the extension around it; before the name are its length and its kind.
    for (int length :
        new int[] {at - 5, at - 7, allExtensions(hello), RECORD_HEADER - 2, RECORD_HEADER + 2}) {
      lengths.putShort(length, (short) (lengths.getShort(length) + entry.length));
    }
    return longer;
  }

  /** Where the length of all extensions stands: behind the session id, the suites and the compressions. */
  private static int allExtensions(byte[] hello) {
    ByteBuffer bytes = ByteBuffer.wrap(hello);
    int at = RECORD_HEADER + 4 + 2 + 32;
    at += 1 + bytes.get(at);
    at += 2 + bytes.getShort(at);
    return at + 1 + bytes.get(at);
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int i = 0; i + part.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    throw new AssertionError("the hello names no server");
  }
}
