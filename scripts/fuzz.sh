#!/usr/bin/env bash
# Fuzzes the readers of what strangers and editors write, guided by coverage (Jazzer). What a target promises is in
# src/fuzz/java; what it begins with are its seeds and everything that was ever found, and what it learned in earlier runs.
#   scripts/fuzz.sh [--seconds N] [TARGET...]   each target for N seconds (300), all without a name
#   scripts/fuzz.sh --smoke                     each for a few seconds; first, the fuzzer must find a mistake that was planted.
#                                               What it finds then is printed and ends with 0: chance decides about no change
#   scripts/fuzz.sh --list
# A finding is printed as a row for src/test/resources/vectors/fuzz-findings.csv, where every test run reads it again.
# Exit: 0 nothing found, 1 findings, 2 usage, 3 the fuzzer cannot be run here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jazzer=0.30.0
seconds=300
smoke=
targets=()

usage() {
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d' >&2
  exit 2
}

fail() {
  printf 'fuzz: error: %s\n' "$1" >&2
  exit 3
}

list=
while (($# > 0)); do
  case $1 in
    --seconds)
      [[ ${2:-} =~ ^[1-9][0-9]{0,5}$ ]] || usage
      seconds=$2
      shift
      ;;
    --smoke) smoke=1 seconds=20 ;;
    --list) list=1 ;;
    -*) usage ;;
    *) targets+=("$1") ;;
  esac
  shift
done

here=$PWD/target/fuzz
mkdir -p "$here/lib"
mvn -q -B -ntp -DskipTests -Dspotless.check.skip test-compile dependency:build-classpath \
  -Dmdep.outputFile="$here/classpath" -Dmdep.includeScope=test >&2 || fail 'the sources do not compile'
for part in jazzer jazzer-api; do
  [ -s "$here/lib/$part-$jazzer.jar" ] ||
    mvn -q -B -ntp dependency:copy -Dartifact="com.code-intelligence:$part:$jazzer" -DoutputDirectory="$here/lib" >&2 ||
    fail 'Jazzer could not be fetched'
done
ours=$PWD/target/test-classes:$PWD/target/classes:$(cat "$here/classpath")

known=$(java -cp "$ours" dev.countersign.fuzz.Seeds)
if [ -n "$list" ]; then
  printf '%s\n' "$known"
  exit 0
fi
for target in ${targets[@]+"${targets[@]}"}; do
  grep -qxF -- "$target" <<<"$known" || {
    printf 'fuzz: error: no target "%s" (known: %s)\n' "$target" "${known//$'\n'/, }" >&2
    exit 2
  }
done
((${#targets[@]} > 0)) || mapfile -t targets <<<"$known"
java -cp "$ours" dev.countersign.fuzz.Seeds "$here/corpus" "${targets[@]}" planted

# A smoke run shows that the targets work; longer runs look for what nobody knows yet.
same=
if [ -n "$smoke" ]; then same='-seed=1 -runs=5000'; fi

# Jazzer's own detectors look for injections into things that are not used here; a smoke run starts faster without them.
detectors=
if [ -n "$smoke" ]; then
  for name in BigDecimal ClojureLangHooks Deserialization ExpressionLanguageInjection FilePathTraversal LdapInjection \
    NamingContextLookup OsCommandInjection ReflectiveCall RegexInjection RegexRoadblocks ScriptEngineInjection \
    ServerSideRequestForgery SqlInjection TemplateInjection UnsafeSanitizer XPathInjection XmlParserSsrfGuidance; do
    detectors+=:com.code_intelligence.jazzer.sanitizers.$name
  done
fi

# run TARGET SECONDS: fuzzes one target; what it says goes to its log, what it finds to its directory.
run() {
  local target=$1 findings=$here/findings/$1
  rm -rf "$findings"
  mkdir -p "$findings"
  # With keep_going the fuzzer looks for more after a finding, in the time that is left.
  # shellcheck disable=SC2086 # Words, or none.
  nice -n 10 timeout "$(($2 + 300))" java -Xmx1g -XX:TieredStopAtLevel=1 \
    -cp "$here/lib/jazzer-$jazzer.jar:$here/lib/jazzer-api-$jazzer.jar:$ours" com.code_intelligence.jazzer.Jazzer \
    --target_class=dev.countersign.fuzz.Fuzz --target_args="$target" --keep_going="$3" \
    --instrumentation_includes='dev.countersign.**' --custom_hook_includes='dev.countersign.**' \
    --reproducer_path="$findings" --disabled_hooks="${detectors#:}" \
    -artifact_prefix="$findings/" -max_total_time="$2" -timeout=60 -report_slow_units=60 -rss_limit_mb=4096 -max_len=4096 -print_final_stats=1 \
    $same "$here/corpus/$target" >"$here/$target.log" 2>&1
}

# one TARGET: says what came of it; fails if something was found, or nothing was run.
one() {
  local code=0 found runs input
  run "$1" "$seconds" 20 || code=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$here/$1.log")
  found=$(find "$here/findings/$1" -type f ! -name '*.java' | wc -l)
  printf '%-20s %10s inputs  %s\n' "$1" "${runs:-0}" "$( ((found == 0)) && echo 'nothing found' || echo "$found FOUND")"
  for input in "$here/findings/$1"/*; do
    case $input in *'/*' | *.java) continue ;; esac
    printf '%s,%s,%s\n' "$1" "$(od -An -v -tx1 "$input" | tr -d ' \n')" 'say what it broke'
  done
  ((found == 0)) || grep -a '^== Java Exception' "$here/$1.log" || true
  if ((code != 0 && found == 0)) || [ -z "$runs" ]; then
    printf 'fuzz: error: %s ended with %s; the end of %s:\n' "$1" "$code" "$here/$1.log" >&2
    tail -n 15 "$here/$1.log" >&2
    return 1
  fi
  : >"$here/ended/$1"
  ((code == 0 && found == 0))
}

export here jazzer ours seconds detectors same
export -f run one

if [ -n "$smoke" ]; then
  if run planted 60 1; then
    printf 'fuzz: error: the mistakes that were planted were not found in 60 s; see %s\n' "$here/planted.log" >&2
    exit 1
  fi
  grep -a '^== Java Exception: dev.countersign.fuzz.BrokenClaimException\|^== Java Exception: java.lang.StringIndex' \
    "$here/planted.log" || fail "the fuzzer did not run; see $here/planted.log"
  printf 'planted: a mistake was found, as it must be\n'
fi

rm -rf "$here/ended"
mkdir "$here/ended"
code=0
printf '%s\n' "${targets[@]}" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I'{}' bash -c 'one {}' || code=$?
# Whoever was killed has said nothing, and whoever was to come after it was not begun.
silent=()
for target in "${targets[@]}"; do [ -e "$here/ended/$target" ] || silent+=("$target"); done
((${#silent[@]} == 0)) || fail "no result of ${silent[*]}"
((code != 0)) || exit 0
[ -n "$smoke" ] || exit 1
printf 'something was found that nobody knew: keep it as a vector, and mend it\n'
