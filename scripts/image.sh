#!/usr/bin/env bash
# Makes the container image, without any container tool: a Java runtime with the modules that the application needs, the
# application, and an AOT cache of a run like the one that will be. No shell, no package manager; user 65532; nothing in it
# can be written. Prints the digest, last, alone on standard output.
#
#   scripts/image.sh --tar FILE               into an archive (docker load, podman load, kind load image-archive)
#   scripts/image.sh --push REPOSITORY:TAG    to a registry, with the credentials that Docker has
#   scripts/image.sh --check                  only looks whether the natives of amd64 and arm64 are in the jar
#     --base IMAGE        with --push: on a base that has Java 25, such as distroless: amd64 and arm64, without an AOT cache;
#                         --java PATH says where java is in it (default: /usr/bin/java). Without --base the image starts
#                         from nothing, with the C library of this machine, for this machine's kind of processor
#     --cache none        without an AOT cache
#     --cache FILE        with one that was made before of the same jar and runtime (--keep-cache FILE keeps it): an AOT
#                         cache holds what one run saw, so no two are equal; with the same one, two builds have one digest
# Needs a JDK 25 (JAVA_HOME, JAVA_HOME_25 or below /usr/lib/jvm) and Maven.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
work=$root/target/image

fail() {
  printf 'image: error: %s\n' "$1" >&2
  exit "${2:-3}"
}

tar='' push='' base='' cache='' keep='' check='' java_in_base=/usr/bin/java
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=yes ;;
    --tar | --push | --base | --cache | --keep-cache | --java)
      [ $# -gt 1 ] || fail "$1 needs a value" 2
      case $1 in
        --tar) tar=$2 ;; --push) push=$2 ;; --base) base=$2 ;; --cache) cache=$2 ;;
        --keep-cache) keep=$2 ;; --java) java_in_base=$2 ;;
      esac
      shift
      ;;
    *) sed -n '2,18s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
  shift
done
[ -n "$check$tar$push" ] || fail "--tar FILE or --push REPOSITORY:TAG is needed" 2
[ -z "$tar" ] || [ -z "$base" ] || fail "--base needs --push: an archive holds one platform" 2
[ -z "$tar" ] || [ -z "$push" ] || fail "--tar and --push exclude each other" 2

jdk_25() {
  local home
  for home in "${JAVA_HOME:-}" "${JAVA_HOME_25:-}" "${JAVA_HOME_25_X64:-}" /usr/lib/jvm/*25*; do
    if [ -x "$home/bin/jlink" ] && grep -q '^JAVA_VERSION="25' "$home/release" 2>/dev/null; then
      printf '%s' "$home"
      return
    fi
  done
}
jdk=$(jdk_25)
[ -n "$jdk" ] || fail "no JDK 25 was found (looked at JAVA_HOME, JAVA_HOME_25, /usr/lib/jvm)"

version=$("$root/scripts/countersign" --version 2>/dev/null | head -n 1)
jar=$(ls "$root"/target/countersign-*-app.jar)

natives() {
  local listing name
  listing=$("$jdk/bin/jar" -tf "$jar")
  for name in libnetty_tcnative_linux libconscrypt_openjdk_jni-linux- libio_grpc_netty_shaded_netty_tcnative_linux; do
    for processor in x86_64 aarch_64; do
      grep -q "META-INF/native/${name}_\{0,1\}$processor\.so" <<<"$listing" ||
        fail "the jar has no $name for $processor" 1
    done
  done
  printf 'natives of BoringSSL and Conscrypt for amd64 and arm64 are in the jar\n' >&2
}
natives
[ -z "$check" ] || exit 0

case $(uname -m) in
  x86_64) processor=amd64 ;;
  aarch64) processor=arm64 ;;
  *) fail "there are no natives for $(uname -m)" ;;
esac

rm -rf "$work/layers"
mkdir -p "$work"
layers=$work/layers
runtime=$layers/2-java
application=$layers/4-application
aot=$layers/5-aot-cache

# The C library and what the natives ask for, under the names that they ask for.
c_library() {
  local path
  {
    ldd "$runtime/opt/java/bin/java" "$runtime/opt/java/lib/server/libjvm.so" |
      awk '$2 == "=>" { print $3 } $1 ~ "^/.*ld-linux" { print $1 }'
    # Asked for while it runs: when a thread ends, and when a name is looked up.
    ls -d /lib/*-linux-gnu/libgcc_s.so.1 /lib/*-linux-gnu/libresolv.so.2 /lib/*-linux-gnu/libnss_dns.so.2 2>/dev/null || true
  } | grep -v "^$runtime" | sort -u | while read -r path; do
    mkdir -p "$layers/1-c-library$(dirname "$path")"
    cp -L "$path" "$layers/1-c-library$path"
  done
}

users() {
  mkdir -p "$layers/3-user/etc" "$layers/3-user/tmp"
  printf 'root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n' >"$layers/3-user/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$layers/3-user/etc/group"
  printf 'hosts: files dns\n' >"$layers/3-user/etc/nsswitch.conf"
}

# The parts list, in the form of CycloneDX.
parts_list() {
  (cd "$root" && mvn -q -B -ntp org.cyclonedx:cyclonedx-maven-plugin:2.9.1:makeBom -DincludeBomSerialNumber=false \
    -DincludeTestScope=false -DoutputFormat=json -DoutputName=sbom -DoutputDirectory="$work/sbom") >&2 ||
    fail "the parts list could not be made"
  cp "$work/sbom/sbom.json" "$application/app/sbom.json"
}

# What the JVM is told; the cache is of no use to one that is told something else. Names are looked up again after 5 s instead
# of 30 (gRPC asks the first, the JDK the second): in a rolling restart the addresses of half a minute ago are all gone.
jvm=(-XX:+UseG1GC -XX:MaxRAMPercentage=60 -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData -Dnetworkaddress.cache.ttl=5 -Dsun.net.inetaddr.ttl=5 --enable-native-access=ALL-UNNAMED)

# Trains the AOT cache on a server that is called, and checks that a JVM can use what came of it.
train() {
  "$root/scripts/start-cache.sh" "$runtime/opt/java/bin/java" "$application/app/countersign.jar" "$aot/app/countersign.aot" "${jvm[@]}" ||
    fail "the training run failed"
}

entrypoint=()
if [ -n "$base" ]; then
  platforms=(amd64 arm64)
  entrypoint=("$java_in_base" "${jvm[@]}")
else
  platforms=("$processor")
  mkdir -p "$runtime/opt" "$application/app"
  "$jdk/bin/jlink" --strip-debug --no-header-files --no-man-pages --output "$runtime/opt/java" --add-modules \
    java.base,java.management,java.naming,java.security.jgss,java.sql,jdk.httpserver,jdk.jfr,jdk.management,jdk.unsupported
  find "$runtime/opt/java/bin" -type f ! -name java -delete
  rm -f "$runtime/opt/java/lib/classlist" "$runtime/opt/java/lib/jexec"
  c_library
  users
fi
mkdir -p "$application/app"
cp "$jar" "$application/app/countersign.jar"
cp "$root/LICENSE" "$application/app/LICENSE"
parts_list
# A cache is good for files of this age only.
find "$layers" -exec touch -h -d @1 {} +
if [ -z "$base" ]; then
  entrypoint=(/opt/java/bin/java "${jvm[@]}")
  case $cache in
    none) ;;
    '') train ;;
    *) mkdir -p "$aot/app" && cp "$cache" "$aot/app/countersign.aot" ;;
  esac
  if [ "$cache" != none ]; then
    "$runtime/opt/java/bin/java" "${jvm[@]}" -XX:AOTMode=on -XX:AOTCache="$aot/app/countersign.aot" \
      -jar "$application/app/countersign.jar" --version >/dev/null ||
      fail "the AOT cache is of no use to the JVM that is to use it" 1
    [ -z "$keep" ] || cp "$aot/app/countersign.aot" "$keep"
    entrypoint+=(-XX:AOTCache=/app/countersign.aot)
  fi
fi
entrypoint+=(-jar /app/countersign.jar)

builder=$work/builder.classpath
[ -s "$builder" ] || (cd "$root" && mvn -q -B -ntp -f scripts/image/pom.xml dependency:build-classpath -Dmdep.outputFile="$builder") >&2
arguments=(--layers="$layers" --jib-cache="$work/jib" --created=2026-11-22T00:00:00Z)
for each in "${platforms[@]}"; do arguments+=(--platform="$each"); done
for each in "${entrypoint[@]}"; do arguments+=(--entrypoint="$each"); done
[ -z "$base" ] || arguments+=(--base="$base")
if [ -n "$push" ]; then arguments+=(--push="$push"); else arguments+=(--tar="$tar" --name=countersign:dev); fi
commit=$(git -C "$root" rev-parse HEAD 2>/dev/null || printf unknown)
arguments+=(
  --label=org.opencontainers.image.title=countersign
  --label=org.opencontainers.image.description="A gRPC service that knows who calls it"
  --label=org.opencontainers.image.licenses=Apache-2.0
  --label=org.opencontainers.image.version="$version"
  --label=org.opencontainers.image.revision="$commit"
)
# A library of the builder reaches into the JDK; that is its matter.
"$jdk/bin/java" --sun-misc-unsafe-memory-access=allow -cp "$(cat "$builder")" "$root/scripts/image/Image.java" "${arguments[@]}"
