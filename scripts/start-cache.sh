#!/usr/bin/env bash
# Trains a cache of classes, so that every command starts in about half the time: an AOT cache on JDK 25 and later, an AppCDS
# archive before. It fits one JVM and one build; scripts/countersign uses it while it does, and starts as ever when it does not.
#   scripts/start-cache.sh                              for scripts/countersign, beside the jar
#   scripts/start-cache.sh JAVA JAR FILE [JVM OPTION]...  for that JVM with those options
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)

fail() {
  printf 'start-cache: error: %s\n' "$1" >&2
  exit 3
}

if (($# == 0)); then
  # Builds the jar if need be.
  "$root/scripts/countersign" --version >/dev/null
  java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  jar=$(find "$root/target" -maxdepth 1 -name 'countersign-*-app.jar' -print -quit)
  version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.version = //p')
  major=${version%%.*}
  if ((major >= 25)); then kind=aot; else kind=jsa; fi
  cache=$root/target/start-cache/$version.$kind
  jvm=()
elif (($# >= 3)); then
  java=$1 jar=$2 cache=$3
  jvm=("${@:4}")
else
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi

work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
case $cache in
  *.aot) training=-XX:AOTCacheOutput=$work/cache ;;
  *) training=-XX:ArchiveClassesAtExit=$work/cache ;;
esac

# A server that is called.
demo=$root/k8s/overlays/dev
app=("$java" ${jvm[@]+"${jvm[@]}"} -jar "$jar")
"${app[@]}" certs init --dir "$work/certs" --trust-domain dev.example >/dev/null
"${app[@]}" certs apply "$demo/pki.yaml" --dir "$work/certs" >/dev/null
"$java" ${jvm[@]+"${jvm[@]}"} "$training" -jar "$jar" serve --listen mtls=127.0.0.1:0 --admin 127.0.0.1:0 \
  --identity "$work/certs/route-guide" --policy "$demo/policy.json" --ready-file "$work/ready.json" >"$work/server.log" 2>&1 &
server=$!
until [ -s "$work/ready.json" ]; do
  kill -0 "$server" 2>/dev/null || fail "the server of the training run ended: $(tail -n 3 "$work/server.log")"
  sleep 0.1
done
address=$(sed 's/.*"address" *: *"\([^"]*\)".*/\1/' "$work/ready.json")
"${app[@]}" call --target "mtls=$address" --identity "$work/certs/visitor" \
  --expect-server spiffe://dev.example/ns/countersign/sa/route-guide --every 10ms --times 200 \
  --json '{"latitude":525162746,"longitude":133777041}' routeguide.RouteGuide/GetFeature >"$work/answers" 2>&1 ||
  fail "the training run failed: $(tail -n 3 "$work/answers")"
"${app[@]}" probe --admin "$(sed 's/.*"admin" *: *"\([^"]*\)".*/\1/' "$work/ready.json")" >/dev/null
kill "$server"
wait "$server" || true
server=
[ -s "$work/cache" ] || fail "no cache came of the training run: $(tail -n 3 "$work/server.log")"
mkdir -p "$(dirname "$cache")"
mv "$work/cache" "$cache"
