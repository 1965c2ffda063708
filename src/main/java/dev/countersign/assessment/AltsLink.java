package dev.countersign.assessment;

import java.io.IOException;
import java.net.Socket;

/**
 * An ALTS connection after its handshake.
 *
 * @param socket the TCP connection
 * @param records what protects it
 */
record AltsLink(Socket socket, AltsRecords records) {

  /** The same as a connection that is used as it should be. */
  Wire wire() throws IOException {
    return new Wire(
        socket, records.over(socket.getInputStream()), records.over(socket.getOutputStream()));
  }
}
