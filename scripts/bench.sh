#!/usr/bin/env bash
# Measures. Everything is a ratio of two things in one run; absolute figures say more about the machine.
#   scripts/bench.sh guard                what the guard costs a unary call, beside the same server without one
#   scripts/bench.sh policy [JMH FLAG...] what a decision costs, with 10 to 100,000 rules, beside the engine of grpc-xds
#   scripts/bench.sh scale                what a server spends on a connection and on a call, and what that means for many of them
#   scripts/bench.sh --list
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

names=(guard policy scale)
case ${1:-} in
  guard | policy | scale) ;;
  --list)
    printf '%s\n' "${names[@]}"
    exit 0
    ;;
  *)
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

mvn -q -B -ntp -DskipTests -Dspotless.check.skip test-compile dependency:build-classpath \
  -Dmdep.outputFile=target/bench.classpath -Dmdep.includeScope=test >&2
class_path=target/test-classes:target/classes:$(cat target/bench.classpath)
printf 'machine: %s, %s processors, load %s\n' "$(uname -srm)" "$(getconf _NPROCESSORS_ONLN)" "$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || uptime)"
java -version 2>&1 | head -n 1
case $1 in
  guard) java -cp "$class_path" dev.countersign.bench.GuardOverhead ;;
  scale) java -cp "$class_path" dev.countersign.bench.ScaleFigures ;;
  policy) java -cp "$class_path" org.openjdk.jmh.Main "${@:2}" PolicyDecisionBench ;;
esac
