"""Clients of Python that misbehave, with a valid certificate and without. A good call is served before and after each.

misbehave.py --target HOST:PORT --certs DIR        DIR holds the identities "operator", who may call, and "viewer", who may not"""

import argparse
import socket
import ssl

import h2.exceptions
import h2client
import lines
from h2client import Client, Refused, grpc, tls

CHECKS = {}


def check(name):
    def register(attack):
        CHECKS[name] = attack
        return attack

    return register


class Wrong(Exception):
    """The server did something else than it should."""


class Case:
    def __init__(self, args):
        self.target = args.target
        self.operator = f"{args.certs}/operator"
        self.viewer = f"{args.certs}/viewer"

    def ask(self, headers, body=h2client.EMPTY_MESSAGE, identity=None):
        with Client(self.target, tls(identity or self.operator)) as client:
            return client.request(headers, body)

    def served(self):
        outcome = self.ask(grpc())
        want(outcome.served, f"a good call is not served: {outcome}")

    def not_let_in(self, context):
        """A refusal may come after the client believes that the handshake is done."""
        try:
            with Client(self.target, context) as client:
                outcome = client.request(grpc())
        except Refused as refusal:
            return f"refused: {refusal}"
        want(outcome.refused, f"let in: {outcome}")
        return f"refused: {outcome}"


def want(condition, otherwise):
    if not condition:
        raise Wrong(otherwise)


@check("duplicate-pseudo-headers")
def duplicate_pseudo_headers(case):
    for name, value in ((":path", "/x.Y/Z"), (":method", "GET"), (":scheme", "http"), (":authority", "other")):
        headers = grpc()
        headers.insert(4, (name, value))
        outcome = case.ask(headers)
        want(outcome.refused, f"two {name}: {outcome}")
    return "each of four is reset"


@check("line-breaks-in-headers")
def line_breaks_in_headers(case):
    want(case.ask(grpc(more=[("x-note", "a forged line")])).served, "without the line break it is not served")
    for name, value in (("x-note", "a\r\nWARN forged line"), ("x-note", "a\nWARN forged line"), ("x\r\nnote", "a"), ("", "a")):
        outcome = case.ask(grpc(more=[(name, value)]))
        want(outcome.refused or outcome.headers.get("grpc-status") == "3", f"{name!r}: {value!r}: {outcome}")
    return "INVALID_ARGUMENT or reset"


@check("wrong-content-type")
def wrong_content_type(case):
    for content_type in ("application/json", "application/grpc-web", "text/html", ""):
        outcome = case.ask(grpc(content_type=content_type))
        want(outcome.headers.get(":status") == "415" and not outcome.served, f"{content_type!r}: {outcome}")
    return "415"


@check("huge-headers")
def huge_headers(case):
    want(case.ask(grpc(more=[("x-large", "a" * 4000)])).served, "4 kB are not served")
    outcome = case.ask(grpc(more=[("x-large", "a" * 9000)]))
    want(outcome.headers.get(":status") == "431" or outcome.refused, f"9 kB: {outcome}")
    outcome = case.ask(grpc(more=[(f"x-large-{i}", "a" * 10_000) for i in range(100)]))
    want(outcome.headers.get(":status") == "431" or outcome.refused, f"1 MB: {outcome}")
    return "431, or the connection ends"


@check("unknown-methods-look-alike")
def unknown_methods_look_alike(case):
    paths = (h2client.PATH, "/routeguide.RouteGuide/NoSuchMethod", "/no.such.Service/Method", "/grpc.health.v1.Health/Check")
    answers = set()
    for path in paths:
        headers = case.ask(grpc(path), identity=case.viewer).headers
        answers.add((headers.get("grpc-status"), headers.get("grpc-message")))
    want(len(answers) == 1 and answers.pop()[0] == "7", f"somebody without a rule can tell methods apart: {answers}")
    return "PERMISSION_DENIED, in the same words"


@check("connect-method")
def connect_method(case):
    for headers in ([(":method", "CONNECT"), (":authority", "localhost:22")], grpc(method="CONNECT"), grpc(method="GET")):
        outcome = case.ask(headers, None)
        want(outcome.refused or outcome.headers.get(":status") in ("404", "405"), f"{headers[0]}: {outcome}")
    return "404, 405 or reset"


@check("odd-paths")
def odd_paths(case):
    for path in ("routeguide.RouteGuide/GetFeature", "https://localhost" + h2client.PATH, "*", "/" + h2client.PATH):
        outcome = case.ask(grpc(path))
        want(not outcome.served, f"{path!r}: {outcome}")
    return "none is routed"


@check("compressed-rubbish")
def compressed_rubbish(case):
    for body in (b"\x01\0\0\0\x04junk", b"\xff\0\0\0\0", b"\0\xff\xff\xff\xff", b"\0\x7f\xff\xff\xff"):
        outcome = case.ask(grpc(), body)
        want(not outcome.served, f"{body!r}: {outcome}")
    return "none is served"


@check("no-client-certificate")
def no_client_certificate(case):
    return case.not_let_in(tls(case.operator, show=False))


@check("bad-alpn")
def bad_alpn(case):
    for alpn in ((), ("http/1.1",), ("h2c",), ("H2",), ("h3", "spdy/3")):
        refused = case.not_let_in(tls(case.operator, alpn=alpn))
    want(case.ask(grpc()).served, "with h2 it is not served")
    return refused


@check("tls-1-2-offer")
def tls_1_2_offer(case):
    return case.not_let_in(tls(case.operator, maximum=ssl.TLSVersion.TLSv1_2))


@check("plaintext")
def plaintext(case):
    host, port = case.target.rsplit(":", 1)
    for hello in (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"SSH-2.0-a\r\n"):
        with socket.create_connection((host, int(port)), timeout=h2client.PATIENCE_SECONDS) as plain:
            plain.sendall(hello)
            answer = plain.makefile("rb").read()
        # An alert is seven bytes; HTTP would be more.
        want(len(answer) <= 7, f"{hello[:8]!r} is answered: {answer[:80]!r}")
    return "closed"


def run(name, attack, case):
    try:
        case.served()
        detail = attack(case)
        case.served()
        lines.report(name, True, detail)
    except (Wrong, Refused, TimeoutError, ConnectionError, h2.exceptions.ProtocolError) as error:
        lines.report(name, False, f"{type(error).__name__}: {error}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", required=True)
    parser.add_argument("--certs", required=True)
    case = Case(parser.parse_args())
    for name, attack in CHECKS.items():
        run(name, attack, case)


if __name__ == "__main__":
    main()
