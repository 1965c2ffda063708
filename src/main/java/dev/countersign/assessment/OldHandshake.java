package dev.countersign.assessment;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;

/** Offers a version or cipher suites that should be gone, and looks whether the server chooses one. */
final class OldHandshake extends Check {
  private static final int ALERT = 21;
  private static final int HANDSHAKE = 22;
  private static final int SERVER_HELLO = 2;
  private static final int RANDOM_END = 6 + 32;

  /** Suites that every version before TLS 1.3 knows: ECDHE and RSA with AES in CBC mode. */
  private static final List<Integer> OF_THE_TIME =
      List.of(0xc00a, 0xc009, 0xc014, 0xc013, 0x0035, 0x002f, 0x000a);

  private final int version;
  private final List<Integer> suites;

  private OldHandshake(
      String name,
      Severity severity,
      String tries,
      String source,
      int version,
      List<Integer> suites) {
    super(
        About.of(name, Group.TRANSPORT, severity)
            .tries("A ClientHello that offers " + tries + ".")
            .safe("An alert, or the end of the connection.")
            .source(source)
            .remedy("Speak TLS 1.3; TLS 1.2 only with ECDHE and AEAD suites."),
        Reach.TLS);
    this.version = version;
    this.suites = suites;
  }

  static List<Check> all() {
    return List.of(
        new OldHandshake(
            "ssl-3",
            Severity.CRITICAL,
            "nothing newer than SSL 3.0",
            "RFC 7568",
            ClientHello.SSL_3,
            OF_THE_TIME),
        new OldHandshake(
            "tls-1-0",
            Severity.HIGH,
            "nothing newer than TLS 1.0",
            "RFC 8996",
            ClientHello.TLS_1_0,
            OF_THE_TIME),
        new OldHandshake(
            "tls-1-1",
            Severity.HIGH,
            "nothing newer than TLS 1.1",
            "RFC 8996",
            ClientHello.TLS_1_1,
            OF_THE_TIME),
        new OldHandshake(
            "tls-1-2-cbc",
            Severity.MEDIUM,
            "TLS 1.2 with CBC suites only",
            "RFC 9325 section 4.2",
            ClientHello.TLS_1_2,
            List.of(0xc024, 0xc023, 0xc028, 0xc027, 0xc00a, 0xc009, 0xc014, 0xc013)),
        new OldHandshake(
            "tls-1-2-rsa-key-exchange",
            Severity.MEDIUM,
            "TLS 1.2 without forward secrecy only",
            "RFC 9325 section 4.1",
            ClientHello.TLS_1_2,
            List.of(0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f)),
        new OldHandshake(
            "tls-1-2-broken-suites",
            Severity.CRITICAL,
            "TLS 1.2 with NULL, RC4, 3DES, export, anonymous and CCM_8 suites only",
            "RFC 9325 section 4.1; RFC 7465",
            ClientHello.TLS_1_2,
            List.of(
                0x0001, 0x0002, 0x003b, 0xc006, 0xc010, 0x0005, 0x0004, 0xc011, 0xc007, 0x000a,
                0xc012, 0xc008, 0x0003, 0x0008, 0x0034, 0x006c, 0xc018, 0xc0a0, 0xc0ae)));
  }

  @Override
  Outcome run(Attack attack) throws IOException {
    Socket socket = attack.tcp();
    try {
      socket.getOutputStream().write(ClientHello.of(version, suites));
      return judge(new DataInputStream(socket.getInputStream()));
    } catch (SocketException e) {
      return Outcome.passed("the connection was reset");
    }
  }

  private static Outcome judge(DataInputStream in) throws IOException {
    int type = in.read();
    if (type < 0 || type == ALERT) {
      return Outcome.passed(type < 0 ? "the connection ended" : "an alert");
    }
    if (type != HANDSHAKE) {
      return Outcome.notRun("the answer is not TLS");
    }
    in.readUnsignedShort();
    byte[] message = in.readNBytes(in.readUnsignedShort());
    if (message.length <= RANDOM_END || message[0] != SERVER_HELLO) {
      return Outcome.notRun("the answer is no ServerHello");
    }
    int session = Byte.toUnsignedInt(message[RANDOM_END]);
    int suite = RANDOM_END + 1 + session;
    return Outcome.finding(String.format(
        java.util.Locale.ROOT,
        "the server chose version %d.%d and cipher suite 0x%02x%02x",
        message[4],
        message[5],
        message[suite],
        message[suite + 1]));
  }
}
