package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class SourceNetworkTest {
  private static SourceNetwork of(String address, int port) throws Exception {
    return SourceNetwork.of(new InetSocketAddress(InetAddress.getByName(address), port));
  }

  @Test
  void isAnAddressOfIpv4WhateverThePort() throws Exception {
    assertThat(of("192.0.2.1", 1)).isEqualTo(of("192.0.2.1", 2)).isNotEqualTo(of("192.0.2.2", 1));
  }

  @Test
  void isSixtyFourBitsOfIpv6() throws Exception {
    assertThat(of("2001:db8::1", 1))
        .isEqualTo(of("2001:db8::ffff:2", 1))
        .isNotEqualTo(of("2001:db8:0:1::1", 1));
  }
}
