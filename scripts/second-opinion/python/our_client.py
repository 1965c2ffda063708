"""Our client against servers that are each wrong in one way: "countersign call" must refuse each, and say why.

our_client.py --countersign COMMAND --servers READY_FILE --certs DIR"""

import argparse
import concurrent.futures
import json
import re
import subprocess

import lines

SERVER = "spiffe://example.org/ns/demo/sa/server"
DEADLINE_SECONDS = 60
SHORT_DEADLINE_SECONDS = 5
TLS_REFUSED = (r"UNAVAILABLE", r"TLS with the server failed|Failed ALPN negotiation")
BROKEN = (r"UNAVAILABLE|INTERNAL|RESOURCE_EXHAUSTED", r".")


def refused(reason):
    return (r"UNAVAILABLE", rf"the server was refused \({reason}\)")


# The status that is the last line, and what stands somewhere in the errors.
EXPECTED = {
    "other-workload": refused("UNEXPECTED_PEER"),
    "other-trust-domain": refused("UNKNOWN_TRUST_DOMAIN"),
    "two-ids": refused("BAD_NAME"),
    "expired": refused("EXPIRED"),
    "not-yet-valid": refused("NOT_YET_VALID"),
    "for-clients-only": refused("WRONG_USE"),
    "self-signed": refused("UNTRUSTED_ISSUER"),
    "twin-authority": refused("BAD_SIGNATURE"),
    "authority-itself": TLS_REFUSED,
    "tls-1-2": TLS_REFUSED,
    "no-alpn": TLS_REFUSED,
    "http1": TLS_REFUSED,
    "hangs-up": BROKEN,
    "rubbish": BROKEN,
    "goodbye-at-once": BROKEN,
    "data-on-idle-stream": BROKEN,
    "header-bomb": BROKEN,
    "message-of-2-gib": (r"RESOURCE_EXHAUSTED", r"exceeds maximum size"),
    "no-status": (r"INTERNAL", r"."),
    "not-grpc": (r"UNKNOWN", r"content-type"),
    "escape-sequences": (r"FAILED_PRECONDITION", r"\\u001B\[2Jforged\\nline"),
    "silent": (r"DEADLINE_EXCEEDED", r"."),
}


class Caller:
    def __init__(self, args):
        self.command = [args.countersign, "call", "--authority", "localhost", "--identity", f"{args.certs}/operator"]
        self.command += ["--expect-server", SERVER, "--json", "{}", "routeguide.RouteGuide/GetFeature"]
        with open(args.servers, encoding="utf-8") as file:
            self.servers = {at["fault"]: at["address"] for at in json.load(file)["listeners"]}

    def call(self, fault):
        deadline = SHORT_DEADLINE_SECONDS if fault == "silent" else DEADLINE_SECONDS
        options = ["--target", f"mtls={self.servers[fault]}", "--deadline", f"{deadline}s"]
        return subprocess.run(self.command + options, capture_output=True, text=True, check=False)

    def served(self):
        done = self.call("none")
        return "" if done.returncode == 0 and done.stdout == "{}\n" else f"the right server is not called: {done}"

    def refuses(self, fault):
        status, words = EXPECTED[fault]
        done = self.call(fault)
        errors = done.stderr.strip()
        last = errors.splitlines()[-1] if errors else ""
        said = re.search(rf'"status":"({status})"', last) and re.search(words, errors)
        raw = re.search(r"[\x00-\x09\x0b-\x1f]", done.stderr)
        ok = done.returncode == 1 and said and not raw
        return ok, errors[:160] if ok else f"exit {done.returncode}: {errors!r}"


def main():
    parser = argparse.ArgumentParser()
    for name in ("countersign", "servers", "certs"):
        parser.add_argument(f"--{name}", required=True)
    caller = Caller(parser.parse_args())
    unknown = set(caller.servers) ^ set(EXPECTED) ^ {"none"}
    before = caller.served()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for fault, (ok, detail) in zip(EXPECTED, pool.map(caller.refuses, EXPECTED)):
            lines.report(fault, ok, detail)
    wrong = before or caller.served() or (f"without expectation or server: {sorted(unknown)}" if unknown else "")
    lines.report("right-server", not wrong, wrong or "called before and after")


if __name__ == "__main__":
    main()
