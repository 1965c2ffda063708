#!/usr/bin/env bash
# From nothing to identity directories: makes a certificate authority unless there is one, then the identities of
# certs/pki.yaml. Doing it again renews what is due and leaves the rest.
#
#   scripts/certs.sh [DIR]      default: certs/out
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
inventory=$root/certs/pki.yaml
out=${1:-$root/certs/out}

if [[ ! -e $out/ca/state ]]; then
  domain=$(sed -n 's/^trust_domain: *\([a-z0-9._-]*\).*/\1/p' "$inventory")
  "$root/scripts/countersign" certs init --dir "$out" --trust-domain "$domain"
fi
"$root/scripts/countersign" certs apply "$inventory" --dir "$out"
