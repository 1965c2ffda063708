#!/usr/bin/env bash
# Measures the runtime, the application and the AOT cache that scripts/image.sh has staged: start to first RPC with and without
# the cache, and what each layer weighs, as it is and packed. Run scripts/image.sh first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
layers=target/image/layers
java=$layers/2-java/opt/java/bin/java
jar=$layers/4-application/app/countersign.jar
cache=$layers/5-aot-cache/app/countersign.aot
for file in "$java" "$jar" "$cache"; do
  [ -e "$file" ] || {
    printf 'image-start: error: "%s" is not there: run scripts/image.sh first\n' "$file" >&2
    exit 3
  }
done
work=target/image/start
rm -rf "$work"
mkdir -p "$work"
"$java" -jar "$jar" certs init --dir "$work/certs" --trust-domain dev.example >/dev/null
"$java" -jar "$jar" certs apply k8s/overlays/dev/pki.yaml --dir "$work/certs" >/dev/null
cp k8s/overlays/dev/policy.json "$work/"

# What scripts/image.sh tells the JVM.
mapfile -t jvm < <(sed -n 's/^jvm=(\(.*\))$/\1/p' scripts/image.sh | tr ' ' '\n')
# A cache that does not fit is of no use, and says nothing.
"$java" "${jvm[@]}" -XX:AOTMode=on -XX:AOTCache="$cache" -jar "$jar" --version >/dev/null
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$jar" scripts/image/StartToFirstRpc.java "$work" "-XX:AOTCache=$cache" "$java" "${jvm[@]}" -jar "$jar"
for layer in "$layers"/*; do
  printf '%-16s %4d MB, packed %3d MB\n' "$(basename "$layer")" "$(du -sm "$layer" | cut -f1)" \
    "$(tar -C "$layer" -c . | gzip -6 | wc -c | awk '{ printf "%d", $1 / 1048576 + 0.5 }')"
done
