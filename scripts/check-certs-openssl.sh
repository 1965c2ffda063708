#!/usr/bin/env bash
# A second opinion on what the authority makes: "openssl verify -x509_strict" over identity directories, with their
# revocation lists where there are any. Without arguments it makes a few authorities of every kind first.
#
#   scripts/check-certs-openssl.sh [DIR ...]      each DIR holds ca/ and identity directories
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
countersign=$root/scripts/countersign
command -v openssl >/dev/null || {
  printf 'error: openssl is not installed\n' >&2
  exit 3
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make_all() {
  local kind
  for kind in ecdsa-p256 ecdsa-p384 rsa-3072; do
    "$countersign" certs init --dir "$work/$kind" --trust-domain example.org --dns-domain example.org
    "$countersign" certs issue --dir "$work/$kind" --name peer --key "$kind" \
      --spiffe spiffe://example.org/peer --dns a.example.org --ip 127.0.0.1 --ip ::1
  done
  "$countersign" certs init --dir "$work/underscore" --trust-domain my_domain
  "$countersign" certs issue --dir "$work/underscore" --name peer --spiffe spiffe://my_domain/peer
  "$countersign" certs revoke --dir "$work/ecdsa-p256" --name peer
  "$countersign" certs issue --dir "$work/ecdsa-p256" --name second --spiffe spiffe://example.org/second
}

# verify IDENTITY_DIR [OPTION ...]
verify() {
  local dir=$1
  shift
  openssl verify -x509_strict -purpose sslserver -CAfile "$dir/ca.crt" -untrusted "$dir/tls.crt" "$@" "$dir/tls.crt"
}

if [[ $# -eq 0 ]]; then
  make_all >/dev/null
  set -- "$work"/*/
fi

checked=0
for base in "$@"; do
  for dir in "${base%/}"/*/; do
    dir=${dir%/}
    [[ -f $dir/tls.crt ]] || continue
    verify "$dir"
    checked=$((checked + 1))
    [[ -f $dir/crl.pem ]] || continue
    if [[ $dir == "$work/ecdsa-p256/peer" ]]; then
      if verify "$dir" -crl_check_all -CRLfile "$dir/crl.pem" 2>/dev/null; then
        printf 'error: openssl takes the revoked certificate in %s\n' "$dir" >&2
        exit 1
      fi
      printf '%s: revoked, as it should be\n' "$dir"
    else
      verify "$dir" -crl_check_all -CRLfile "$dir/crl.pem"
    fi
  done
done
[[ $checked -gt 0 ]] || {
  printf 'error: no identity directory found\n' >&2
  exit 1
}
printf 'openssl takes all %d certificates\n' "$checked"
