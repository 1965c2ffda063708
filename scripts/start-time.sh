#!/usr/bin/env bash
# Measures start to first guarded RPC over mutual TLS of the application jar, with and without the cache that scripts/start-cache.sh
# makes, on the JDK in use and on a JDK 25 if there is one: AppCDS and the AOT cache.
#   scripts/start-time.sh [FILE [ROUNDS]]     leaves the figures in a file of scripts/bench.sh as well
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/countersign --version >/dev/null
records=${1:-/dev/null} rounds=${2:-11}
jar=$(find target -maxdepth 1 -name 'countersign-*-app.jar' -print -quit)
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$java" -jar "$jar" certs init --dir "$work/certs" --trust-domain dev.example >/dev/null
"$java" -jar "$jar" certs apply k8s/overlays/dev/pki.yaml --dir "$work/certs" >/dev/null
cp k8s/overlays/dev/policy.json "$work/"

homes=("$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')")
for home in "${JAVA_HOME_25:-}" /usr/lib/jvm/*25*; do
  if [ -n "$home" ] && [ -x "$home/bin/java" ] && [ "$home" != "${homes[0]}" ]; then
    homes+=("$home")
    break
  fi
done
for home in "${homes[@]}"; do
  version=$("$home/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.version = //p')
  if ((${version%%.*} >= 25)); then
    cache=$work/$version.aot option=-XX:AOTCache=$work/$version.aot
  else
    cache=$work/$version.jsa option=-XX:SharedArchiveFile=$work/$version.jsa
  fi
  scripts/start-cache.sh "$home/bin/java" "$jar" "$cache"
  printf 'Java %s, cache of %d MB: ' "$version" "$(($(stat -c %s "$cache") / 1000000))"
  said=$("$java" "-Drounds=$rounds" -cp "$jar" scripts/image/StartToFirstRpc.java "$work" "$option" "$home/bin/java" -jar "$jar")
  printf '%s\n' "$said"
  awk -v ratio="${said##* x}" -v version="$version" 'BEGIN {
    printf "{\"kind\":\"figure\",\"bench\":\"start\",\"name\":\"Java %s: start to first RPC\",", version
    printf "\"baseline\":\"the plain jar\",\"ratio\":%s,\"low\":%s,\"high\":%s,", ratio, ratio, ratio
    printf "\"leastSane\":0.02,\"mostSane\":1.5,\"bar\":\"<= 0.45\",\"met\":%s}\n", ratio <= 0.45 ? "true" : "false" }' \
    >>"$records"
done
