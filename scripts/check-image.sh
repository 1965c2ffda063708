#!/usr/bin/env bash
# Shows what is refused before anything is built; builds the image twice from nothing and compares the digests; shows that a cache
# that is of no use is refused. Leaves the image in target/countersign-image.tar. Ends with "N passed, N failed".
#
#   scripts/check-image.sh [--refusals]    only what is refused, which takes seconds
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
passed=0
failed=0
good() { passed=$((passed + 1)) && printf '  ok    %s\n' "$1"; }
bad() { failed=$((failed + 1)) && printf '  FAIL  %s\n' "$1"; }

mkdir -p target
work=$PWD/target/check-image
rm -rf "$work"
mkdir -p "$work/bin" "$work/all"
# Every program of this machine but Maven and readelf; those of "bin" stand before them.
IFS=: read -r -a path <<<"$PATH"
for folder in "${path[@]}"; do ln -s "$folder"/* "$work/all/" 2>/dev/null || true; done
rm -f "$work/all/mvn" "$work/all/readelf"
stand_in() { printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1" && chmod +x "$work/bin/$1"; }

# refuses CODE TEXT IMAGE-FLAG...: image.sh ends with CODE, says TEXT, and Maven was not asked for anything.
refuses() {
  local code=0 expected=$1 text=$2
  shift 2
  rm -f "$work/asked"
  PATH=$work/bin:$work/all scripts/image.sh "$@" >"$work/out" 2>&1 </dev/null || code=$?
  if [ "$code" = "$expected" ] && grep -q -- "$text" "$work/out" && [ ! -e "$work/asked" ]; then
    good "$* is refused: $text"
  else
    bad "$*: exit $code: $(tail -n 2 "$work/out")"
  fi
}

scripts/countersign --version >/dev/null
stand_in mvn "touch '$work/asked'; exit 1"
for reference in :0.1 registry.example/countersign registry.example/Countersign:1 localhost:5000:1 registry.example//countersign:1 \
  registry.example/countersign:a/b "registry.example/countersign@sha256:$(printf 'a%.0s' {1..64})"; do
  refuses 2 "not a repository and a tag" --push "$reference"
done
refuses 2 "no folder for the archive" --tar target/nowhere/image.tar
refuses 2 "there is no cache" --tar "$work/image.tar" --cache target/nowhere.aot
refuses 2 "not amd64 or arm64" --tar "$work/image.tar" --processor s390x
refuses 3 "readelf is not installed" --push localhost:5000/countersign:1
rm "$work/bin/mvn"
cp -r scripts pom.xml LICENSE "$work/" && mkdir -p "$work/src/main"
# As on a machine where nothing was built yet.
copy() { (cd "$work" && PATH=$work/bin:$work/all scripts/image.sh "$@" >"$work/out" 2>&1 </dev/null); }
copy --tar image.tar && bad "an image without Maven"
if grep -q 'mvn is not installed' "$work/out"; then good "without Maven it says so"; else bad "without Maven: $(tail -n 2 "$work/out")"; fi
rm -rf "$work/scripts" "$work/src" "$work/pom.xml"
stand_in mvn "touch '$work/asked'; exit 1"
# shellcheck disable=SC2016 # of the stand-in
stand_in uname 'case $1 in -s) echo Darwin ;; -m) echo arm64 ;; *) exec /bin/uname "$@" ;; esac'
refuses 3 "cannot be made on Darwin arm64" --tar "$work/image.tar"
# With a base it goes on, as far as Maven lets it.
rm -rf target/image/sbom
PATH=$work/bin:$work/all scripts/image.sh --push localhost:5000/countersign:1 --base distroless:25 >"$work/out" 2>&1 </dev/null || true
if [ -e "$work/asked" ] && grep -q 'parts list could not be made' "$work/out"; then
  good "with a base, another system will do"
else
  bad "with a base: $(tail -n 2 "$work/out")"
fi
if [ "${1:-}" = --refusals ]; then
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
fi

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
