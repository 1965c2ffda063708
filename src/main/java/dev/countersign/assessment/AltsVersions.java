package dev.countersign.assessment;

import java.io.IOException;
import java.net.SocketTimeoutException;

/** Claims a version of RPC over ALTS that there is not. */
final class AltsVersions extends Check {
  private static final int NO_SUCH_MAJOR = 3;

  AltsVersions() {
    super(
        About.of("alts-rpc-version", Group.ALTS, Severity.MEDIUM)
            .tries("A handshake that claims version 3.1 of RPC over ALTS, and a call.")
            .safe("There is no connection.")
            .source("grpc-java RpcProtocolVersionsUtil")
            .remedy("Compare the peer's versions after the handshake."),
        Reach.ALTS);
  }

  @Override
  Outcome run(Attack attack) throws IOException, CannotRunException {
    try {
      AltsLink link = attack.alts().claiming(NO_SUCH_MAJOR);
      attack.track(link.socket());
      Exchange exchange = attack.call(new RawHttp2(link.wire()).greet());
      return attack.judge(exchange).mustNotSucceed("the call was answered");
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return Outcome.passed("refused: " + e.getMessage());
    }
  }
}
