#!/usr/bin/env bash
# Measures. Everything is a ratio of two things in one run; absolute figures say more about the machine.
#   scripts/bench.sh guard                what the guard costs a unary call, beside the same server without one
#   scripts/bench.sh policy [JMH FLAG...] what a decision costs, with 10 to 100,000 rules, beside the engine of grpc-xds
#   scripts/bench.sh live                 how soon 5,000 of 10,000 streams end after a change of policy, lists or anchors
#   scripts/bench.sh reload [SECONDS]     what fails while certificate, lists and policy are replaced ten times a second
#   scripts/bench.sh crl                  what a revocation list of 100,000 entries weighs, and what a look-up costs
#   scripts/bench.sh alts [WHAT]...       frozen: what a silent handshaker costs those who are connected; return: how soon
#                                         new connections succeed when it is back; handshakes: how many per second;
#                                         throughput: ALTS beside mutual TLS and plaintext, with and without Conscrypt
#   scripts/bench.sh scale                what a server spends on a connection and on a call, and what that means for many of them
#   scripts/bench.sh handshake            what a new mutual TLS connection costs a server, beside plain grpc-java and openssl s_server
#   scripts/bench.sh connection-weight [N] what N idle mutual TLS connections weigh in a server, beside plain grpc-java
#   scripts/bench.sh policy-load          what a policy of 100,000 rules costs to load, to hold and to ask, by processor time
#   scripts/bench.sh start                start to first guarded RPC, with and without a cache of classes (AppCDS, AOT)
#   scripts/bench.sh --list
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

names=(guard policy live reload crl alts scale handshake connection-weight policy-load start)
case ${1:-} in
  guard | policy | live | reload | crl | alts | scale | handshake | connection-weight | policy-load | start) ;;
  --list)
    printf '%s\n' "${names[@]}"
    exit 0
    ;;
  *)
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

mvn -q -B -ntp -DskipTests -Dspotless.check.skip test-compile dependency:build-classpath \
  -Dmdep.outputFile=target/bench.classpath -Dmdep.includeScope=test >&2
class_path=target/test-classes:target/classes:$(cat target/bench.classpath)
printf 'machine: %s, %s processors, load %s\n' "$(uname -srm)" "$(getconf _NPROCESSORS_ONLN)" "$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || uptime)"
java -version 2>&1 | head -n 1

alts() {
  case $1 in
    frozen)
      java -Dio.grpc.netty.shaded.io.netty.eventLoopThreads=2 -Dio.netty.eventLoopThreads=2 -cp "$class_path" \
        dev.countersign.server.FrozenHandshakerFigures 2>/dev/null
      ;;
    return) java -cp "$class_path" dev.countersign.server.HandshakerReturnFigures 2>/dev/null ;;
    handshakes) java -cp "$class_path" org.openjdk.jmh.Main HandshakeBenchmark ;;
    throughput)
      printf 'with Conscrypt\n'
      java -cp "$class_path" dev.countersign.emulator.TransportThroughput 2>/dev/null
      printf 'without\n'
      java -cp "$(tr ':' '\n' <<<"$class_path" | grep -v conscrypt | paste -sd:)" \
        dev.countersign.emulator.TransportThroughput 2>/dev/null
      ;;
    *)
      printf 'bench: error: "%s" is unknown (frozen, return, handshakes, throughput)\n' "$1" >&2
      exit 2
      ;;
  esac
}

case $1 in
  alts)
    (($# > 1)) || set -- alts frozen return handshakes throughput
    for what in "${@:2}"; do alts "$what"; done
    ;;
  guard) java -cp "$class_path" dev.countersign.bench.GuardOverhead ;;
  live)
    for change in policy revocation anchor; do
      java -cp "$class_path" dev.countersign.bench.LiveCallsBench "$change" 2>/dev/null
    done
    ;;
  reload) java -cp "$class_path" dev.countersign.bench.ReloadBench "${2:-30}" 2>/dev/null ;;
  crl) java -cp "$class_path" dev.countersign.bench.RevocationListBench ;;
  handshake) java -Dio.netty.handler.ssl.openssl.sessionCacheClient=false -cp "$class_path" dev.countersign.bench.HandshakeCost "${@:2}" ;;
  connection-weight) java -cp "$class_path" dev.countersign.bench.ConnectionWeight "${@:2}" ;;
  policy-load) java -cp "$class_path" dev.countersign.bench.PolicyFigures ;;
  start) scripts/start-time.sh ;;
  scale) java -cp "$class_path" dev.countersign.bench.ScaleFigures ;;
  policy) java -cp "$class_path" org.openjdk.jmh.Main "${@:2}" PolicyDecisionBench ;;
esac
