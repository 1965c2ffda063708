#!/usr/bin/env bash
# Serves the route guide and the device controller on mutual TLS until stopped, with certificates from certs/pki.yaml.
#   scripts/serve.sh [FLAG...]       any flag of "countersign serve" besides
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
out=$root/certs/out
demo=$root/src/main/resources/dev/countersign/demo

"$root/scripts/certs.sh" "$out"

cat <<TEXT

In another terminal:

  scripts/countersign call --target mtls=127.0.0.1:8443 --identity certs/out/operator \\
    --expect-server spiffe://example.org/ns/demo/sa/server \\
    routeguide.RouteGuide/GetFeature <<< '{"latitude":525162746,"longitude":133777041}'

  scripts/countersign call --target mtls=127.0.0.1:8443 --identity certs/out/viewer \\
    --expect-server spiffe://example.org/ns/demo/sa/server \\
    countersign.demo.device.v1.DeviceController/GetDevice <<< '{"deviceId":"thermostat"}'

  scripts/countersign probe --admin 127.0.0.1:8081

TEXT
[ -n "${COUNTERSIGN_LISTEN:-}" ] || set -- --listen mtls=127.0.0.1:8443 "$@"
exec "$root/scripts/countersign" serve --identity "$out/server" \
  --policy "$demo/policy.json" --features "$demo/places.json" "$@"
