#!/usr/bin/env bash
# Measures. Everything is a ratio of two things in one run; absolute figures say more about the machine.
#   scripts/bench.sh [--smoke] [--json FILE] [--html FILE] [NAME...]    all of them when no name is given
#   scripts/bench.sh --list
#     guard            what the guard costs calls and streams, beside the same server without one
#     policy           what a decision costs, with 10 to 100,000 rules, beside the engine of grpc-xds
#     live             how soon 5,000 of 10,000 streams end after a change of policy, lists or anchors
#     reload           what fails while certificate, lists and policy are replaced ten times a second
#     crl              what a revocation list of 100,000 entries weighs, and what a look-up costs
#     transports       plaintext, mutual TLS and ALTS (with and without Conscrypt), beside what openssl encrypts
#     alts-frozen      what a silent ALTS handshaker costs those who are connected
#     alts-return      how soon new ALTS connections succeed when it is back
#     alts-handshakes  how many new ALTS connections a second
#     peers            ours beside nginx, HAProxy and hitch in front of plaintext, grpc-go, and grpc-java with the JDK's TLS
#     growth           memory and CPU by connections, streams, rules, identities and revoked certificates
#     scale            what a server spends on a connection and on a call, and what that means for many of them
#     handshake        a new mutual TLS connection and its first call, beside plain grpc-java and openssl s_server
#     policy-load      what a policy of 100,000 rules costs to load, to hold and to ask, by processor time
#     certs            identities a second from an inventory of 1,000, beside loops of openssl and step
#     start            start to first guarded RPC with a cache of classes (AppCDS, AOT), beside the plain jar
# peers needs nginx, haproxy, hitch (Debian has all three) and go.
# Prints a table, what was held against a bar, and what else ran on the machine. JSON, a page with plots and
# tables for a document go to target/bench. --smoke runs each so briefly that it only shows that it works, and exits 1 if a
# figure is missing or absurd.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

all=(guard policy live reload crl transports alts-frozen alts-return alts-handshakes peers growth scale handshake policy-load certs start)
out=target/bench
json=$out/figures.json
html=$out/figures.html
smoke=false
names=()

usage() {
  [ $# = 0 ] || printf 'bench: error: %s\n' "$*" >&2
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

while (($# > 0)); do
  case $1 in
    --list)
      printf '%s\n' "${all[@]}"
      exit 0
      ;;
    --smoke) smoke=true ;;
    --json | --html)
      (($# > 1)) || usage "$1 needs a file"
      if [ "$1" = --json ]; then json=$2; else html=$2; fi
      shift
      ;;
    -*) usage "\"$1\" is unknown" ;;
    *)
      [[ " ${all[*]} " == *" $1 "* ]] || usage "\"$1\" is unknown"
      names+=("$1")
      ;;
  esac
  shift
done
((${#names[@]} > 0)) || names=("${all[@]}")

mvn -q -B -ntp -DskipTests -Dspotless.check.skip test-compile dependency:build-classpath \
  -Dmdep.outputFile=target/bench.classpath -Dmdep.includeScope=test >&2
class_path=target/test-classes:target/classes:$(cat target/bench.classpath)
mkdir -p "$out"
records=$out/records.jsonl
rm -f "$records"

# bench_java [-OPTION...] CLASS ARGUMENT...: a class of the benchmarks, which leaves its figures in the file of this run.
bench_java() {
  java --enable-native-access=ALL-UNNAMED "-Dbench.records=$records" "-Dbench.smoke=$smoke" -cp "$class_path" "$@"
}

# The peer in Go; its messages come from src/main/proto, by the compiler that Maven has fetched.
build_go_peer() {
  local tool protoc go=$out/go bin=$PWD/$out/bin
  for tool in nginx haproxy hitch go; do
    PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || {
      printf 'bench: error: %s is not installed (peers needs nginx, haproxy, hitch and go)\n' "$tool" >&2
      exit 3
    }
  done
  protoc=$(find "${HOME:?}/.m2/repository/com/google/protobuf/protoc" -name 'protoc-*.exe' | head -n 1)
  [ -n "$protoc" ] || { printf 'bench: error: Maven has fetched no protoc\n' >&2; exit 3; }
  mkdir -p "$go/routeguide" "$bin"
  cp scripts/bench/go/* "$go/"
  install -m 755 "$protoc" "$bin/protoc"
  (
    cd "$go"
    export GOFLAGS=-mod=mod
    GOBIN=$bin go install google.golang.org/protobuf/cmd/protoc-gen-go
    "$bin/protoc" -I ../../../src/main/proto --plugin="$bin/protoc-gen-go" --go_out=. \
      --go_opt=module=countersign.invalid/bench,Mrouteguide/route_guide.proto=countersign.invalid/bench/routeguide \
      routeguide/route_guide.proto
    go build -o "$bin/go-peer" .
  ) >&2
}

run() {
  case $1 in
    guard) bench_java dev.countersign.bench.GuardOverhead ;;
    policy) bench_java dev.countersign.bench.JmhFigures policy >"$out/policy.log" ;;
    live)
      local change
      for change in policy revocation anchor; do
        bench_java dev.countersign.bench.LiveCallsBench "$change" 2>"$out/live.log"
      done
      ;;
    reload) bench_java dev.countersign.bench.ReloadBench 2>"$out/reload.log" ;;
    crl) bench_java dev.countersign.bench.RevocationListBench ;;
    transports)
      bench_java dev.countersign.emulator.TransportThroughput "Conscrypt there" 2>"$out/transports.log"
      local with=$class_path
      class_path=$(tr ':' '\n' <<<"$with" | grep -v conscrypt | paste -sd:)
      bench_java dev.countersign.emulator.TransportThroughput "no Conscrypt" 2>"$out/transports.log"
      class_path=$with
      ;;
    alts-frozen)
      bench_java -Dio.grpc.netty.shaded.io.netty.eventLoopThreads=2 -Dio.netty.eventLoopThreads=2 \
        dev.countersign.server.FrozenHandshakerFigures 2>"$out/alts-frozen.log"
      ;;
    alts-return) bench_java dev.countersign.server.HandshakerReturnFigures 2>"$out/alts-return.log" ;;
    alts-handshakes) bench_java dev.countersign.bench.JmhFigures handshakes >"$out/alts-handshakes.log" ;;
    peers) bench_java dev.countersign.bench.PeerFigures "$out/bin/go-peer" 2>"$out/peers.log" ;;
    growth)
      # Each connection is a file of the server and one of the clients' process, and a JVM has some of its own.
      local files
      files=$(ulimit -n)
      if [ "$files" = unlimited ] || ((files > 21000)); then files=21000; fi
      bench_java dev.countersign.bench.GrowthFigures "$((files - 1000))" 2>"$out/growth.log"
      ;;
    scale) bench_java dev.countersign.bench.ScaleFigures ;;
    handshake)
      bench_java -Dio.netty.handler.ssl.openssl.sessionCacheClient=false dev.countersign.bench.HandshakeCost \
        2>"$out/handshake.log"
      ;;
    policy-load) bench_java -XX:+UseSerialGC dev.countersign.bench.PolicyFigures ;; # Another collector counts what it rounds up.
    certs) bench_java dev.countersign.bench.CertificateFigures ;;
    start) if $smoke; then scripts/start-time.sh "$records" 3; else scripts/start-time.sh "$records"; fi ;;
  esac
}

if [[ " ${names[*]} " == *" peers "* ]]; then build_go_peer; fi
bench_java dev.countersign.bench.MachineState about
for name in "${names[@]}"; do
  printf '\n== %s\n' "$name"
  bench_java dev.countersign.bench.MachineState begin "$out/counters"
  run "$name"
  bench_java dev.countersign.bench.MachineState end "$out/counters" "$name"
done

checks=()
if $smoke; then checks=(--check "$(IFS=,; printf '%s' "${names[*]}")"); fi
status=0
bench_java dev.countersign.bench.Report "$records" --json "$json" --html "$html" \
  --markdown "$out/figures.md" ${checks[@]+"${checks[@]}"} || status=$?
printf '\n%s\n%s\n%s\n' "$json" "$html" "$out/figures.md"
exit "$status"
