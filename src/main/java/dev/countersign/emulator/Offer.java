package dev.countersign.emulator;

import java.util.List;

/**
 * What a library that starts a handshake says it can do and wants.
 *
 * @param applicationProtocols what it speaks over the connection, preferred first
 * @param recordProtocols how it can protect the connection, preferred first
 * @param versions its RPC protocol versions
 * @param maxFrameSize the longest record it takes, in bytes, 0 if it does not say
 * @param targets the accounts that the peer may be; empty for any
 */
record Offer(
    List<String> applicationProtocols,
    List<String> recordProtocols,
    RpcVersions versions,
    int maxFrameSize,
    List<String> targets) {

  Offer {
    applicationProtocols = List.copyOf(applicationProtocols);
    recordProtocols = List.copyOf(recordProtocols);
    targets = List.copyOf(targets);
  }
}
