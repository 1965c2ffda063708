package dev.countersign.assessment;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * A connection that something protects.
 *
 * @param socket the TCP connection, or the TLS one over it
 * @param in what the peer says, in the clear
 * @param out what the peer hears
 */
record Wire(Socket socket, InputStream in, OutputStream out) {
  static Wire over(Socket socket) throws IOException {
    return new Wire(socket, socket.getInputStream(), socket.getOutputStream());
  }
}
