#!/usr/bin/env bash
# Runs what the README tells a reader to type, and compares what it shows with what comes. The server listens on a port that
# the system picks, which is put in place of the README's. Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=target/readme
rm -rf "$work"
mkdir -p "$work"

# One file for each block of commands, and beside it the output that the README shows right after it.
awk -v dir="$work" '
  /^```sh$/ { n++; file = sprintf("%s/%02d.sh", dir, n); next }
  /^```json$/ { file = sprintf("%s/%02d.json", dir, n); next }
  /^```/ { file = ""; next }
  file != "" { print > file }
' README.md

passed=0
failed=0
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }' EXIT

COUNTERSIGN_LISTEN=mtls=127.0.0.1:0 COUNTERSIGN_ADMIN=127.0.0.1:0 COUNTERSIGN_READY_FILE=$work/ready.json \
  scripts/serve.sh >"$work/serve.out" 2>"$work/serve.err" &
server=$!
until [ -s "$work/ready.json" ]; do
  kill -0 "$server" 2>/dev/null || {
    cat "$work/serve.err" >&2
    exit 3
  }
  sleep 0.1
done
address=$(sed 's/.*"address" *: *"\([^"]*\)".*/\1/' "$work/ready.json")

for block in "$work"/*.sh; do
  case $(cat "$block") in
    scripts/serve.sh) continue ;; # it runs already
    scripts/demo.sh) ;;
  esac
  sed -i.readme "s/127\.0\.0\.1:8443/$address/" "$block"
  code=0
  bash -euo pipefail "$block" >"$block.out" 2>"$block.err" </dev/null || code=$?
  expected=${block%.sh}.json
  if [ -f "$expected" ]; then
    if diff "$expected" <(tail -n 1 "$block.out") >/dev/null || diff "$expected" <(tail -n 1 "$block.err") >/dev/null; then
      good=yes
    else
      good=no
    fi
  else
    good=$([ "$code" -eq 0 ] && echo yes || echo no)
  fi
  if [ "$good" = yes ]; then
    passed=$((passed + 1))
    printf '  ok    %s\n' "$(head -n 1 "$block")"
  else
    failed=$((failed + 1))
    printf '  FAIL  %s: exit %s: %s\n' "$(head -n 1 "$block")" "$code" "$(tail -n 3 "$block.out" "$block.err" | tr '\n' ' ')"
  fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
