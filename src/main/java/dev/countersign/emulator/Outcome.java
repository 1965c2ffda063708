package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.identity.ServiceAccount;

/**
 * What a completed handshake gives to one side.
 *
 * @param local who this side is
 * @param peer who the other side is
 * @param applicationProtocol what both will speak
 * @param recordProtocol how both will protect it
 * @param peerVersions the other side's RPC protocol versions
 * @param maxFrameSize the longest record that both take, in bytes
 * @param keyData the key of this connection, the same on both sides
 */
record Outcome(
    ServiceAccount local,
    ServiceAccount peer,
    String applicationProtocol,
    String recordProtocol,
    RpcVersions peerVersions,
    int maxFrameSize,
    ByteString keyData) {

  Outcome withPeer(ServiceAccount account) {
    return new Outcome(
        local, account, applicationProtocol, recordProtocol, peerVersions, maxFrameSize, keyData);
  }

  Outcome withPeerVersions(RpcVersions versions) {
    return new Outcome(
        local, peer, applicationProtocol, recordProtocol, versions, maxFrameSize, keyData);
  }

  Outcome withKeyData(ByteString data) {
    return new Outcome(
        local, peer, applicationProtocol, recordProtocol, peerVersions, maxFrameSize, data);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return local + " with " + peer + ", " + recordProtocol + ", records of " + maxFrameSize
        + " bytes";
  }
}
