#!/usr/bin/env bash
# Pushes the image to a registry on this machine, once from nothing and once on a base, and looks at what arrived: the digest
# that was printed, both kinds of processor, their programs and libraries; then starts the server of the arm64 image in an
# emulated processor and calls it. Ends with "N passed, N failed".
#
#   scripts/check-push.sh
# Needs docker-registry and qemu-user-static (installed where apt can), python3, and what scripts/image.sh needs. Uses the AOT
# cache that scripts/check-image.sh left, if it did.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$PWD/target/push
passed=0
failed=0
good() { passed=$((passed + 1)) && printf '  ok    %s\n' "$1"; }
bad() { failed=$((failed + 1)) && printf '  FAIL  %s\n' "$1"; }

# is NAME COMMAND...: whether the command succeeds is the result.
is() {
  local name=$1
  shift
  if "$@" >"$work/out" 2>&1; then good "$name"; else bad "$name: $(tail -n 2 "$work/out")"; fi
}

# equal NAME EXPECTED FOUND
equal() { if [ "$2" = "$3" ]; then good "$1"; else bad "$1: $3 instead of $2"; fi; }

install_tools() {
  local missing=()
  command -v docker-registry >/dev/null || missing+=(docker-registry)
  command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)
  command -v readelf >/dev/null || missing+=(binutils)
  [ ${#missing[@]} -eq 0 ] && return
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

running=()
ends() {
  local each
  for each in "${running[@]}"; do
    kill "$each" 2>/dev/null || true
    wait "$each" 2>/dev/null || true
  done
  running=()
}
trap ends EXIT

free_port() {
  local port
  # Below those that the system gives to clients.
  for ((port = 20000 + RANDOM % 12000; ; port++)); do
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s' "$port" && return; }
  done
}

# manifest REFERENCE: prints it; its digest, as the registry says, goes to $work/digest.
manifest() {
  curl -fsS -D "$work/headers" -H 'Accept: application/vnd.docker.distribution.manifest.list.v2+json' \
    -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' "http://$registry/v2/countersign/manifests/$1"
  sed -n 's/^docker-content-digest: *\([^[:space:]]*\).*/\1/Ip' "$work/headers" >"$work/digest"
}
blob() { curl -fsS "http://$registry/v2/countersign/blobs/$1"; }
# json EXPRESSION: of what stands in it, on standard input.
json() { python3 -c "import json, sys; it = json.load(sys.stdin); print($1)"; }

install_tools
rm -rf "$work"
mkdir -p "$work"
registry=127.0.0.1:$(free_port)
cat >"$work/registry.yml" <<CONF
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "$registry"}
CONF
docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
running+=($!)
until curl -fsS "http://$registry/v2/" >/dev/null 2>&1; do
  kill -0 "${running[0]}" 2>/dev/null || { tail -n 3 "$work/registry.log" >&2 && exit 3; }
  sleep 0.2
done

printf 'from nothing, for both kinds of processor\n'
cache=none
[ ! -s target/image-cache.aot ] || cache=$PWD/target/image-cache.aot
digest=$(scripts/image.sh --push "$registry/countersign:1" --cache "$cache")
manifest 1 >"$work/index.json"
equal "the digest that was printed is the registry's" "$(cat "$work/digest")" "$digest"
equal "and that of what it holds" "sha256:$(sha256sum <"$work/index.json" | cut -d' ' -f1)" "$digest"
equal "both kinds of processor are in it" "amd64 arm64" \
  "$(json '" ".join(sorted(m["platform"]["architecture"] for m in it["manifests"]))' <"$work/index.json")"

# unpack INDEX PROCESSOR NAME: the root file system of one image of the index, and its configuration.
unpack() {
  local image layer
  image=$(json "next(m['digest'] for m in it['manifests'] if m['platform']['architecture'] == '$2')" <"$work/$1.json")
  manifest "$image" >"$work/$3.json"
  blob "$(json 'it["config"]["digest"]' <"$work/$3.json")" >"$work/$3.config.json"
  mkdir -p "$work/$3"
  for layer in $(json '" ".join(l["digest"] for l in it["layers"])' <"$work/$3.json"); do
    blob "$layer" >"$work/layer"
    [ "sha256:$(sha256sum <"$work/layer" | cut -d' ' -f1)" = "$layer" ] || bad "layer $layer of $3 is another"
    tar --warning=no-unknown-keyword -xzf "$work/layer" -C "$work/$3"
  done
}

# entry_of NAME: into the array "entry", the words that start an unpacked image here.
entry_of() {
  local words word
  mapfile -t words < <(json '"\n".join(it["config"]["Entrypoint"])' <"$work/$1.config.json")
  entry=()
  for word in "${words[@]}"; do
    case $word in
      -XX:AOTCache=*) entry+=("-XX:AOTCache=$work/$1${word#*=}") ;;
      /*) entry+=("$work/$1$word") ;;
      *) entry+=("$word") ;;
    esac
  done
}

# whole PROCESSOR: every library that Java asks for is there.
whole() {
  local root=$work/$1 file name
  find "$root/opt/java" -name '*.so' -o -path '*/bin/java' | while read -r file; do
    readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r name; do
      find "$root" -name "$name" | grep -q . || printf '%s needs %s\n' "$file" "$name"
    done
  done >"$work/missing"
  [ ! -s "$work/missing" ] || { head -n 3 "$work/missing" && return 1; }
}

declare -A machine=([amd64]=X86-64 [arm64]=AArch64) kind=([amd64]=x86_64 [arm64]=aarch_64)
for processor in amd64 arm64; do
  unpack index "$processor" "$processor"
  equal "$processor: its configuration says so" "$processor" "$(json 'it["architecture"]' <"$work/$processor.config.json")"
  equal "$processor: its user is 65532" 65532:65532 "$(json 'it["config"]["User"]' <"$work/$processor.config.json")"
  is "$processor: its Java is of this kind" sh -c "readelf -h '$work/$processor/opt/java/bin/java' | grep 'Machine:.*${machine[$processor]}'"
  is "$processor: the libraries that Java asks for are there" whole "$processor"
  for native in libnetty_tcnative_linux libio_grpc_netty_shaded_netty_tcnative_linux libconscrypt_openjdk_jni-linux \
    libio_grpc_netty_shaded_netty_transport_native_epoll; do
    is "$processor: $native is in the jar" \
      sh -c "python3 -m zipfile -l '$work/$processor/app/countersign.jar' | grep -q 'META-INF/native/${native}.${kind[$processor]}\.so'"
  done
done

printf 'again, from nothing\n'
rm -rf target/image/layers target/image/jib
equal "the same digest from a second build" "$digest" "$(scripts/image.sh --push "$registry/countersign:2" --cache "$cache")"

printf 'on a base\n'
based=$(scripts/image.sh --push "$registry/countersign:3" --base "$registry/countersign:1" --java /opt/java/bin/java)
manifest 3 >"$work/based-index.json"
equal "the digest that was printed is the registry's" "$(cat "$work/digest")" "$based"
equal "both kinds of processor are in it" "amd64 arm64" \
  "$(json '" ".join(sorted(m["platform"]["architecture"] for m in it["manifests"]))' <"$work/based-index.json")"

case $(uname -m) in x86_64) own=amd64 ;; *) own=arm64 ;; esac
unpack based-index "$own" based
equal "the layers of the base are the first of it" "$(json '" ".join(l["digest"] for l in it["layers"])' <"$work/$own.json")" \
  "$(json '" ".join(l["digest"] for l in it["layers"])' <"$work/based.json" | cut -d' ' -f "1-$(json 'len(it["layers"])' <"$work/$own.json")")"
entry_of based
is "it starts, by the Java of the base" "${entry[@]}" --version

printf 'the arm64 image, in an emulated processor\n'
policy=$PWD/k8s/overlays/dev/policy.json
scripts/countersign certs init --dir "$work/certs" --trust-domain dev.example >/dev/null
scripts/countersign certs apply k8s/overlays/dev/pki.yaml --dir "$work/certs" >/dev/null
entry_of arm64
emulated() { qemu-aarch64-static -L "$work/arm64" "${entry[@]}" "$@"; }
is_arm64() { emulated --version | grep -q aarch64; }
is "it says that it is arm64" is_arm64
# By its own name: what is ended at the end would be the function's shell otherwise, and not the server.
qemu-aarch64-static -L "$work/arm64" "${entry[@]}" serve --listen mtls=127.0.0.1:0 --admin 127.0.0.1:0 \
  --identity "$work/certs/route-guide" --policy "$policy" \
  --ready-file "$work/ready.json" >"$work/server.out" 2>"$work/server.log" &
running+=($!)
end=$((SECONDS + 300))
until [ -s "$work/ready.json" ] || [ "$SECONDS" -ge "$end" ] || ! kill -0 "${running[1]}" 2>/dev/null; do sleep 1; done
is "its server starts, on BoringSSL" test -s "$work/ready.json"
# The first handshakes of an emulated processor can take longer than any client waits (10 s), and warm it up for the next.
answers() {
  local address try end=$((SECONDS + 300))
  address=$(sed 's/.*"address" *: *"\([^"]*\)".*/\1/' "$work/ready.json")
  for ((try = 1; SECONDS < end; try++)); do
    kill -0 "${running[1]}" 2>/dev/null || return 1
    if scripts/countersign call --target "mtls=$address" --identity "$work/certs/visitor" \
      --expect-server spiffe://dev.example/ns/countersign/sa/route-guide --deadline 120s \
      --json '{"latitude":525162746,"longitude":133777041}' routeguide.RouteGuide/GetFeature; then
      printf 'heard at try %d\n' "$try"
      return
    fi
  done
  return 1
}
is "and answers a caller" answers

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
