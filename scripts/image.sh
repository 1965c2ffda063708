#!/usr/bin/env bash
# Makes the container image, without any container tool: a Java runtime with the modules that the application needs, the
# application, and an AOT cache of a run like the one that will be. No shell, no package manager; user 65532; nothing in it
# can be written. Prints the digest, last, alone on standard output.
#
#   scripts/image.sh --tar FILE               into an archive (docker load, podman load, kind load image-archive)
#   scripts/image.sh --push REPOSITORY:TAG    to a registry, with the credentials that Docker has; an index of both processors
#   scripts/image.sh --check                  only looks whether the natives of amd64 and arm64 are in the jar
#     --processor amd64|arm64   only this one (--tar: this machine's, if none is named). For the machine's own kind, Java and C
#                         library are this machine's; for the other, Debian's, and there is no AOT cache: it would have to be
#                         trained there
#     --base IMAGE        with --push: on a base that has Java 25, such as distroless, without an AOT cache; --java PATH says
#                         where java is in it (default: /usr/bin/java). Without --base the image starts from nothing
#     --cache none        without an AOT cache
#     --cache FILE        with one that was made before of the same jar and runtime (--keep-cache FILE keeps it): an AOT
#                         cache holds what one run saw, so no two are equal; with the same one, two builds have one digest
# Needs Linux, except with --base; a JDK 25 (JAVA_HOME, JAVA_HOME_25 or below /usr/lib/jvm) and Maven; for the other kind of
# processor apt and readelf.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
work=$root/target/image

fail() {
  printf 'image: error: %s\n' "$1" >&2
  exit "${2:-3}"
}

tar='' push='' base='' cache='' keep='' check='' java_in_base=/usr/bin/java platforms=()
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=yes ;;
    --tar | --push | --base | --cache | --keep-cache | --java | --processor)
      [ $# -gt 1 ] || fail "$1 needs a value" 2
      case $1 in
        --tar) tar=$2 ;; --push) push=$2 ;; --base) base=$2 ;; --cache) cache=$2 ;;
        --keep-cache) keep=$2 ;; --java) java_in_base=$2 ;; --processor) platforms+=("$2") ;;
      esac
      shift
      ;;
    *) sed -n '2,22s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
  shift
done
[ -n "$check$tar$push" ] || fail "--tar FILE or --push REPOSITORY:TAG is needed" 2
[ -z "$tar" ] || [ -z "$base" ] || fail "--base needs --push: an archive holds one platform" 2
[ -z "$tar" ] || [ -z "$push" ] || fail "--tar and --push exclude each other" 2

[ -z "$tar" ] || [ -d "$(dirname "$tar")" ] || fail "there is no folder for the archive: \"$tar\"" 2
[ -z "$cache" ] || [ "$cache" = none ] || [ -f "$cache" ] || fail "there is no cache: \"$cache\"" 2
part='[a-z0-9]([a-z0-9._-]*[a-z0-9])?'
reference="^([A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?/)?$part(/$part)*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\$"
[ -z "$push" ] || [[ $push =~ $reference ]] || fail "--push is not a repository and a tag: \"$push\" (REPOSITORY:TAG)" 2
for each in ${platforms[@]+"${platforms[@]}"}; do
  case $each in amd64 | arm64) ;; *) fail "--processor is not amd64 or arm64: \"$each\"" 2 ;; esac
done

# The C library and Java of this machine are of use in an image only if it is of the right kind.
case $(uname -s)-$(uname -m) in
  Linux-x86_64) own=amd64 ;;
  Linux-aarch64 | Linux-arm64) own=arm64 ;;
  *) own='' ;;
esac
[ -n "$own$base$check" ] || fail "an image from nothing cannot be made on $(uname -s) $(uname -m): --push with --base can"
if [ ${#platforms[@]} -eq 0 ]; then
  if [ -n "$tar" ]; then platforms=("$own"); else platforms=(amd64 arm64); fi
fi
[ -z "$tar" ] || [ ${#platforms[@]} -eq 1 ] || fail "an archive holds one platform: one --processor with --tar" 2
[ -n "$base$check" ] || [ "${platforms[*]}" = "$own" ] || command -v readelf >/dev/null ||
  fail "readelf is not installed, which an image for the other kind of processor needs (--processor $own does without)"

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

# Builds the jar if that has to be.
version=$("$root/scripts/countersign" --version | sed -n 's/^countersign \([^ ,]*\),.*/\1/p') || fail "the application cannot be built"
[ -n "$version" ] || fail "the application does not say its version"
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

rm -rf "$work/layers" "$work/sbom"
mkdir -p "$work"

modules=java.base,java.management,java.naming,java.security.jgss,java.sql,jdk.httpserver,jdk.jfr,jdk.management,jdk.unsupported

# Where the parts of the image for one kind of processor come together.
for_processor() {
  layers=$work/layers/$1
  runtime=$layers/2-java
  application=$layers/4-application
  aot=$layers/5-aot-cache
  mkdir -p "$application/app"
}

# A runtime with the modules that are needed: jlink FLAG...
java_runtime() {
  mkdir -p "$runtime/opt"
  "$jdk/bin/jlink" "$@" --no-header-files --no-man-pages --output "$runtime/opt/java" --add-modules "$modules"
  find "$runtime/opt/java/bin" -type f ! -name java -delete
  rm -f "$runtime/opt/java/lib/classlist" "$runtime/opt/java/lib/jexec"
}

# debian PROCESSOR: unpacks Java 25 and the C library of that kind from Debian 13, and prints where. Nothing is installed: apt
# works in a folder of its own, with the mirror that this machine uses.
debian() {
  local out=$work/debian/$1 apt=$work/apt site
  if [ ! -e "$out/complete" ]; then
    command -v apt-get >/dev/null || fail "for the other kind of processor apt-get is needed (--processor $own does without)"
    rm -rf "$out" "$apt"
    mkdir -p "$out/root" "$out/packages" "$apt/etc/apt.conf.d" "$apt/etc/preferences.d" "$apt/state/lists/partial" "$apt/cache/archives/partial"
    : >"$apt/state/status"
    # shellcheck disable=SC2016 # apt puts something in its place.
    apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sort -u | while read -r site; do
      case $site in
        */debian) printf 'deb [arch=%s] %s trixie main\ndeb [arch=%s] %s trixie-updates main\n' "$1" "$site" "$1" "$site" ;;
        */debian-security) printf 'deb [arch=%s] %s trixie-security main\n' "$1" "$site" ;;
      esac
    done >"$apt/etc/sources.list"
    [ -s "$apt/etc/sources.list" ] || fail "apt knows no mirror of Debian here (--processor $own does without)"
    printf 'Dir "%s"; Dir::Etc "etc"; Dir::State "state"; Dir::State::status "%s"; Dir::Cache "cache"; APT::Architecture "%s";
Dir::Etc::Trusted "/etc/apt/trusted.gpg"; Dir::Etc::TrustedParts "/etc/apt/trusted.gpg.d"; APT::Sandbox::User "root";\n' \
      "$apt" "$apt/state/status" "$1" >"$apt/apt.conf"
    APT_CONFIG=$apt/apt.conf apt-get -qq update >&2 || fail "the package lists of Debian cannot be read"
    (cd "$out/packages" && APT_CONFIG=$apt/apt.conf apt-get -qq download openjdk-25-jdk-headless libc6 libgcc-s1 libstdc++6 zlib1g) >&2 ||
      fail "the packages of Debian cannot be read"
    for site in "$out"/packages/*.deb; do dpkg -x "$site" "$out/root"; done
    rm -rf "$out/packages"
    touch "$out/complete"
  fi
  printf '%s' "$out/root"
}

# needed_by FILE...: the libraries that files ask for, by name.
needed_by() {
  local file
  for file in "$@"; do readelf -d "$file" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; done | sort -u
}

# The same as c_library, from Debian's packages, for a processor whose programs do not run here.
foreign_c_library() {
  local root=$1 kind=aarch_64 triple=aarch64-linux-gnu loader=lib/ld-linux-aarch64.so.1 name path pending natives=$work/natives
  if [ "$2" = amd64 ]; then kind=x86_64 triple=x86_64-linux-gnu loader=lib64/ld-linux-x86-64.so.2; fi
  rm -rf "$natives" && mkdir -p "$natives" "$layers/1-c-library/lib/$triple" "$layers/1-c-library/$(dirname "$loader")"
  (cd "$natives" && "$jdk/bin/jar" -xf "$jar" META-INF/native)
  # Asked for while it runs, as above; the natives ask for more than Java does.
  pending="libgcc_s.so.1 libresolv.so.2 libnss_dns.so.2 $(needed_by "$runtime/opt/java/bin/java" "$runtime"/opt/java/lib/*.so \
    "$runtime"/opt/java/lib/server/*.so "$natives"/META-INF/native/*"linux"*"$kind".so)"
  while [ -n "${pending// /}" ]; do
    path=''
    for name in $pending; do
      if [ -e "$layers/1-c-library/lib/$triple/$name" ] || [ ! -e "$root/usr/lib/$triple/$name" ]; then continue; fi
      cp -L "$root/usr/lib/$triple/$name" "$layers/1-c-library/lib/$triple/$name"
      path="$path $(needed_by "$layers/1-c-library/lib/$triple/$name")"
    done
    pending=$path
  done
  cp -L "$root/usr/lib/$triple/$(basename "$loader")" "$layers/1-c-library/$loader"
}

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
  [ -s "$work/sbom/sbom.json" ] || (cd "$root" && mvn -q -B -ntp org.cyclonedx:cyclonedx-maven-plugin:2.9.1:makeBom -DincludeBomSerialNumber=false \
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

arguments=()
for each in "${platforms[@]}"; do
  for_processor "$each"
  if [ -z "$base" ]; then
    if [ "$each" = "$own" ]; then
      java_runtime --strip-debug
      c_library
    else
      foreign=$(debian "$each")
      # The symbols of another processor are not for the tool that strips here; Debian's have none.
      java_runtime --module-path "$(ls -d "$foreign"/usr/lib/jvm/java-25-openjdk-*/jmods)" --strip-java-debug-attributes
      foreign_c_library "$foreign" "$each"
    fi
    users
  fi
  cp "$jar" "$application/app/countersign.jar"
  cp "$root/LICENSE" "$application/app/LICENSE"
  parts_list
  # A cache is good for files of this age only.
  find "$layers" -exec touch -h -d @1 {} +
  entrypoint=("$java_in_base" "${jvm[@]}")
  if [ -z "$base" ]; then
    entrypoint=(/opt/java/bin/java "${jvm[@]}")
    printf 'for %s: Java %s\n' "$each" "$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$runtime/opt/java/release")" >&2
    if [ "$each" = "$own" ] && [ "$cache" != none ]; then
      if [ -z "$cache" ]; then train; else mkdir -p "$aot/app" && cp "$cache" "$aot/app/countersign.aot"; fi
      "$runtime/opt/java/bin/java" "${jvm[@]}" -XX:AOTMode=on -XX:AOTCache="$aot/app/countersign.aot" \
        -jar "$application/app/countersign.jar" --version >/dev/null ||
        fail "the AOT cache is of no use to the JVM that is to use it" 1
      [ -z "$keep" ] || cp "$aot/app/countersign.aot" "$keep"
      entrypoint+=(-XX:AOTCache=/app/countersign.aot)
    fi
  fi
  entrypoint+=(-jar /app/countersign.jar)
  arguments+=("--processor=$each")
  for word in "${entrypoint[@]}"; do arguments+=("--entrypoint-$each=$word"); done
done

builder=$work/builder.classpath
[ -s "$builder" ] || (cd "$root" && mvn -q -B -ntp -f scripts/image/pom.xml dependency:build-classpath -Dmdep.outputFile="$builder") >&2
arguments+=(--layers="$work/layers" --jib-cache="$work/jib" --created=2026-11-22T00:00:00Z)
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
