#!/usr/bin/env bash
# Attacks a server of ours over mutual TLS and over emulated ALTS with every check, measures what a well-behaved client gets
# meanwhile and what that costs the server, and shows that each check finds what it looks for in a server that is weak in
# just that way. Leaves one page and one JUnit file. With --target it attacks a deployment instead.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
countersign=${COUNTERSIGN:-$root/scripts/countersign}

usage() {
  cat <<'USAGE'
Usage: security-suite.sh [--out DIR] [--abuse-time D] [--no-weak-servers]
       security-suite.sh [--out DIR] --target HOST:PORT --transport mtls|alts [FLAG]...

Without a target: starts our own server with certificates of its own, and attacks it.

  --out DIR            where security-suite.html and security-suite.xml go (default: target/security-suite)
  --abuse-time D       how long each abuse is repeated, such as 5s: the longer, the finer the figures (default: 800ms)
  --no-weak-servers    leave out the controls, which "mvn verify" runs as well
  --target HOST:PORT   a deployment; all other flags are those of "countersign assess", such as --identity,
                       --denied-identity, --ca-dir, --admin and --i-may-attack-this-target

Exit: 0 nothing found, 1 findings, 2 usage, 3 something could not be started or reached.
USAGE
}

fail() {
  printf 'security-suite: error: %s\n' "$1" >&2
  exit "${2:-3}"
}

out=$root/target/security-suite
weak=yes
target=no
abuse=()
flags=()
while (($#)); do
  case $1 in
    --out)
      (($# > 1)) || fail "--out has no value" 2
      out=$2
      shift
      ;;
    --abuse-time)
      (($# > 1)) || fail "--abuse-time has no value" 2
      abuse=(--abuse-time "$2")
      shift
      ;;
    --no-weak-servers) weak=no ;;
    -h | --help)
      usage
      exit 0
      ;;
    --target)
      target=yes
      flags+=("$1")
      ;;
    *) flags+=("$1") ;;
  esac
  shift
done
[[ $target == yes || ${#flags[@]} -eq 0 ]] || fail "\"${flags[0]}\" is not known without --target (try --help)" 2

mkdir -p "$out"
out=$(cd -- "$out" && pwd -P)
rm -f "$out"/security-suite.{html,xml} "$out"/*.json "$out"/*.log "$out"/figures.md
work=$(mktemp -d "${TMPDIR:-/tmp}/security-suite.XXXXXX")
children=()
status=0
parts=()

stop() {
  local child
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
  children=()
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n== %s\n' "$*"; }

# Findings do not hide that something could not be run, nor the other way round.
note() { # STATUS
  case $1 in
    0) ;;
    1) [[ $status -ne 0 ]] || status=1 ;;
    2) fail "countersign assess did not take its flags" 2 ;;
    130 | 143) exit "$1" ;;
    *) status=3 ;;
  esac
}

# --- Reports. ---

# part NAME TITLE FLAG...: one assessment. What was not reached is tried again: a busy machine may need longer than a
# handshake may take.
part() {
  local name=$1 title=$2 code=3 try
  shift 2
  say "$title"
  for ((try = 0; try < 3 && code == 3; try++)); do
    code=0
    "$countersign" assess "$@" "${abuse[@]}" --format html --out "$work/$name.html" --format junit --out "$work/$name.xml" \
      --format json --out "$out/$name.json" --format text || code=$?
  done
  note "$code"
  [[ $target == yes ]] || note_not_run "$out/$name.json"
  if [[ -s $work/$name.html ]]; then parts+=("$name"); fi
}

# Against our own server everything is given that a check may need.
note_not_run() { # REPORT
  local why
  why=$(grep -o '"why" *: *"[^"]*"' "$1" | grep -v 'it applies to' || true)
  [[ -z $why ]] || { printf 'did not run: %s\n' "$why" && note 3; }
}

body() { sed -n '/<body>/,/<\/body>/{ /<\/*body>/d; p; }' "$1"; }

# One page of all parts, in the dress of the first.
write_page() {
  local name
  {
    sed -e 's/<title>.*</<title>Security suite</' -e '/<body>/q' "$work/${parts[0]}.html"
    for name in "${parts[@]}"; do body "$work/$name.html"; done
    [[ ! -s $work/more.html ]] || cat "$work/more.html"
    printf '</body>\n</html>\n'
  } >"$work/page.html"
  mv "$work/page.html" "$out/security-suite.html"
}

# The figures as a table for a document: how often the 99th percentile of calm, and the server's word.
write_figures() {
  local name
  printf '| over | abuse | succeeded | during | after | connections | memory, MiB | ended by the server |\n'
  printf '| --- | --- | --- | --- | --- | --- | --- | --- |\n'
  for name in "${parts[@]}"; do
    grep '^<tr><th scope="row">' "$work/$name.html" | sed -e 's/<[^>]*>/|/g' -e 's/||*/|/g' |
      awk -F'|' -v over="$name" '$6 ~ /^[0-9.]+$/ && NF >= 10 { calm = $5 > 0 ? $5 : 0.1
        printf "| %s | `%s` | %s | %.1f | %.1f | %s | %s | %s |\n", over, $2, $4, $6 / calm, $7 / calm, $8, $9, $10 }'
  done
}

write_junit() {
  local file
  {
    printf '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    for file in "$work"/*.xml; do sed '1s/^<?xml[^>]*?>//' "$file"; done
    printf '</testsuites>\n'
  } >"$work/suites"
  mv "$work/suites" "$out/security-suite.xml"
}

finish() {
  [[ ${#parts[@]} -gt 0 ]] || fail "nothing was assessed"
  write_page
  write_junit
  write_figures >"$out/figures.md"
  say "done in $SECONDS s"
  printf 'page     %s\nJUnit    %s\nfigures  %s\n' "$out/security-suite.html" "$out/security-suite.xml" "$out/figures.md"
  exit "$status"
}

if [[ $target == yes ]]; then
  part target "the target" "${flags[@]}"
  finish
fi

# --- Our own server. ---

await() { # FILE PID: whether the file came while the process lived
  local i
  for ((i = 0; i < 1200; i++)); do
    [[ ! -s $1 ]] || return 0
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

did_not_start() { # LOG
  tail -n 20 "$1" >&2
  fail "$(basename "$1" .log) did not start"
}

field() { # FILE KEY: the first value of a key
  grep -o "\"$2\" *: *\"[^\"]*\"" "$1" | head -n 1 | sed 's/.*"\([^"]*\)"$/\1/'
}

listener() { # TRANSPORT
  grep -o '{[^{}]*"transport"[^{}]*}' "$work/server.json" | grep "\"$1\"" | sed 's/.*"address" *: *"\([^"]*\)".*/\1/'
}

metric() { # NAME [LABEL]: the sum of its samples
  get "http://$admin/metrics" |
    awk -v name="$1" -v label="${2:-}" 'index($1, name "{") == 1 || $1 == name {
      if (label == "" || index($1, label)) sum += $2 } END { printf "%.0f\n", sum }'
}

# The heap that is in use when its garbage is gone, in MiB; nothing where it cannot be measured.
live_heap() {
  local jcmd
  jcmd=$(command -v jcmd || command -v "${JAVA_HOME:-/nowhere}/bin/jcmd") || return 0
  "$jcmd" "$server" GC.run >/dev/null 2>&1 || return 0
  printf '%d' $(($(metric jvm_memory_used_bytes '"heap"') >> 20))
}

get() { # Prints what a local address answers.
  if command -v curl >/dev/null; then curl -sS --max-time 30 --retry 2 "$1"; else python3 -c \
    'import sys, urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1], timeout=30).read().decode())' "$1"; fi
}

start_ours() {
  local name
  "$countersign" certs init --dir "$work/certs" --trust-domain example.org >/dev/null
  for name in server operator viewer; do
    "$countersign" certs issue --dir "$work/certs" --name "$name" --spiffe "spiffe://example.org/$name" --profile peer >/dev/null
  done
  cat >"$work/policy.json" <<'POLICY'
{"name": "security-suite", "allow_rules": [{"name": "operators", "source": {"principals": [
  "spiffe://example.org/operator", "operator@suite.iam.gserviceaccount.com"]}}]}
POLICY
  "$countersign" emulate-gce --workload server@suite.iam.gserviceaccount.com=127.0.0.2:0 \
    --workload operator@suite.iam.gserviceaccount.com=127.0.0.3:0 \
    --workload viewer@suite.iam.gserviceaccount.com=127.0.0.4:0 \
    --metadata 127.0.0.1:0 --ready-file "$work/gce.json" >"$out/emulator.log" 2>&1 &
  children+=($!)
  await "$work/gce.json" $! || did_not_start "$out/emulator.log"
  # It does not start where ALTS takes more than ten seconds, which happens on a busy machine while all is cold.
  serve_ours || serve_ours || serve_ours || serve_ours || did_not_start "$out/server.log"
  admin=$(field "$work/server.json" admin)
}

serve_ours() {
  COUNTERSIGN_JAVA_OPTIONS=-Xmx256m "$countersign" serve --identity "$work/certs/server" --policy "$work/policy.json" \
    --listen mtls=127.0.0.1:0 --listen alts=127.0.0.1:0 --admin 127.0.0.1:0 --drain 1s --ready-file "$work/server.json" \
    --insecure-alts-emulator "$(field "$work/gce.json" server@suite.iam.gserviceaccount.com)" \
    >"$out/audit.log" 2>"$out/server.log" &
  server=$!
  children+=("$server")
  await "$work/server.json" "$server"
}

# What is left of the abuse on the server: no connection, no memory, and a reason for each end.
look_back() { # HEAP-BEFORE
  local i open heap broken lines measured verdict=good
  for ((i = 0; i < 100; i++)); do
    open=$(metric countersign_server_connections)
    [[ $open -gt 0 ]] || break
    sleep 0.2
  done
  heap=$(live_heap)
  broken=$(metric countersign_server_connections_aborted_total)
  lines=$(grep -c 'broke off connection' "$out/server.log" || true)
  say "the server afterwards"
  printf 'connections open     %s (expected: 0)\n' "$open"
  measured="live heap ${1:-not measured} MiB before, ${heap:-not measured} MiB after"
  printf 'live heap, MiB       %s before, %s after (allowed: 32 more)\n' "${1:-not measured}" "${heap:-not measured}"
  printf 'broken off           %s counted, %s lines in the log (the log is bounded)\n' "$broken" "$lines"
  if [[ $open -gt 0 || $broken -eq 0 || $lines -eq 0 ]]; then verdict=bad; fi
  if [[ -n $1 && -n $heap && $heap -gt $(($1 + 32)) ]]; then verdict=bad; fi
  [[ $verdict == good ]] || note 1
  if [[ -z $1 || -z $heap ]]; then
    printf 'THE HEAP WAS NOT MEASURED: whether the memory comes back was not seen. It needs jcmd of a JDK on the PATH or in JAVA_HOME.\n'
    verdict=bad
    note 3
  fi
  junit_case "the server afterwards" "$verdict" "$open open connections; $measured; $broken broken off, $lines lines in the log"
  {
    printf '<p class="over">security suite</p>\n<h1 class="%s">The server afterwards</h1>\n<table class="figures">\n<thead><tr>' "$verdict"
    printf '<th scope="col">%s</th>' '' Before After
    printf '</tr></thead>\n<tbody>\n<tr><th scope="row">live heap, MiB</th><td>%s</td><td>%s</td></tr>\n' "${1:-not measured}" "${heap:-not measured}"
    printf '<tr><th scope="row">open connections</th><td>0</td><td>%s</td></tr>\n' "$open"
    printf '<tr><th scope="row">connections that it broke off</th><td>0</td><td>%s</td></tr>\n</tbody>\n</table>\n' "$broken"
  } >>"$work/more.html"
}

junit_case() { # NAME good|bad TEXT
  {
    printf '<testsuite name="security-suite" tests="1" failures="%d" errors="0" skipped="0">\n' "$([[ $2 == good ]] && echo 0 || echo 1)"
    printf '  <testcase classname="countersign.suite" name="%s">' "$1"
    if [[ $2 == good ]]; then printf '<system-out>%s</system-out>' "$3"; else printf '<failure message="%s"/>' "$3"; fi
    printf '</testcase>\n</testsuite>\n'
  } >"$work/suite.xml"
}

weak_servers() {
  local code=0 begin=$SECONDS tests failures reports=$root/target/failsafe-reports name=dev.countersign.assessment.WeakServersIT
  say "the controls: each check against a server that is weak in just that way"
  rm -f "$reports/TEST-$name.xml"
  (cd "$root" && mvn -q -B -ntp -Dspotless.check.skip test-compile failsafe:integration-test failsafe:verify -Dit.test=WeakServersIT) \
    >"$out/weak-servers.log" 2>&1 </dev/null || code=$?
  if [[ ! -s $reports/TEST-$name.xml ]]; then
    tail -n 30 "$out/weak-servers.log" >&2
    note 3
    return 0
  fi
  tests=$(grep -c '<testcase' "$reports/TEST-$name.xml")
  failures=$(grep -c -E '<(failure|error)[ >]' "$reports/TEST-$name.xml" || true)
  printf '%d controls, %d failed, in %d s\n' "$tests" "$failures" "$((SECONDS - begin))"
  [[ $code -eq 0 ]] || note 1
  # What the tests printed is long and says nothing here.
  sed '/<system-\(out\|err\)>/,/<\/system-\(out\|err\)>/d; /<properties>/,/<\/properties>/d' "$reports/TEST-$name.xml" >"$work/weak.xml"
  printf '<p class="over">security suite</p>\n<h1 class="%s">%d of %d weak servers were found out</h1>\n<p class="facts">For each check, a server that is wrong in just that way.</p>\n' \
    "$([[ $code -eq 0 ]] && echo good || echo bad)" "$((tests - failures))" "$tests" >>"$work/more.html"
}

say "a server of ours"
"$countersign" --version
start_ours
mtls=$(listener mtls)
alts=$(listener alts)
printf 'mutual TLS at %s, ALTS (emulated) at %s\n' "$mtls" "$alts"
# The first call loads what every later one needs.
"$countersign" assess --target "$mtls" --transport mtls --identity "$work/certs/operator" --only ping-flood >/dev/null 2>&1 || note $?
heap=$(live_heap)
part mtls "every check over mutual TLS" --target "$mtls" --transport mtls --admin "$admin" \
  --identity "$work/certs/operator" --denied-identity "$work/certs/viewer" --ca-dir "$work/certs"
part alts "every check over ALTS" --target "$alts" --transport alts --admin "$admin" \
  --insecure-alts-emulator "$(field "$work/gce.json" operator@suite.iam.gserviceaccount.com)" \
  --insecure-denied-alts-emulator "$(field "$work/gce.json" viewer@suite.iam.gserviceaccount.com)"
look_back "$heap"
stop
[[ $weak == no ]] || weak_servers
finish
