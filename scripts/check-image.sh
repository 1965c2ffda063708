#!/usr/bin/env bash
# Builds the image twice from nothing and compares the digests; shows that a cache that is of no use is refused. Leaves the image
# in target/countersign-image.tar. Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
passed=0
failed=0
good() { passed=$((passed + 1)) && printf '  ok    %s\n' "$1"; }
bad() { failed=$((failed + 1)) && printf '  FAIL  %s\n' "$1"; }

mkdir -p target
cache=$PWD/target/image-cache.aot
rm -rf target/image "$cache"
first=$(scripts/image.sh --tar target/countersign-image.tar --keep-cache "$cache")
printf '%s\n' "$first"
case $first in sha256:*) good "an image, with a cache that the JVM accepts" ;; *) bad "no digest: $first" ;; esac

# Half of a cache is none.
head -c 1000000 "$cache" >target/half.aot
if scripts/image.sh --tar target/half.tar --cache target/half.aot >target/half.out 2>&1; then
  bad "a cache of no use was taken"
elif grep -q 'of no use' target/half.out; then
  good "a cache of no use is refused"
else
  bad "a cache of no use: $(tail -n 1 target/half.out)"
fi
rm -f target/half.aot target/half.tar

rm -rf target/image
second=$(TZ=Asia/Colombo scripts/image.sh --tar target/countersign-image-again.tar --cache "$cache")
if [ "$first" = "$second" ]; then good "the same digest from a second build"; else bad "two digests: $first, $second"; fi
rm -f target/countersign-image-again.tar

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
