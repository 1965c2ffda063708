"""OpenSSL's s_client asks for what a server should not grant: renegotiation, early data, key updates without end.
Each is first granted by OpenSSL's own server, so that the question is known to be understood.

openssl_client.py --identity DIR --scratch DIR --tls12 HOST:PORT... --tls13 PROVIDER=HOST:PORT..."""

import argparse
import contextlib
import os
import pty
import re
import select
import subprocess
import termios
import time
import tty

import h2.config
import h2.connection
import h2client
import lines

PATIENCE_SECONDS = 30
FEW, MANY = 5, 300
ATTEMPTS = 10
# The feature without a name that is the answer to the empty point.
ANSWER = "\0\0\0\0\x02\x12\0"


class Wrong(Exception):
    """Something else happened than should have."""


class Conversation:
    """s_client at a terminal, so that it reads one line at a time and takes each letter as a command."""

    def __init__(self, command):
        terminal, slave = pty.openpty()
        self.terminal = terminal
        self.cooked = termios.tcgetattr(slave)
        self.cooked[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, self.cooked)
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, close_fds=True)
        os.close(slave)
        self.output = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)

    def say(self, line):
        with contextlib.suppress(OSError):
            os.write(self.terminal, f"{line}\n".encode())

    def send(self, data):
        """Sends bytes as they are, to the other side."""
        tty.setraw(self.terminal, termios.TCSANOW)
        with contextlib.suppress(OSError):
            os.write(self.terminal, data)

    def command(self, letter, times):
        """Gives a command so many times."""
        termios.tcsetattr(self.terminal, termios.TCSANOW, self.cooked)
        for _ in range(times):
            self.say(letter)

    def until(self, pattern, times=1):
        """True when the pattern was seen so many times, False when the program ended before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(re.findall(pattern, self.output)) < times:
            if not select.select([self.terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise Wrong(f"nothing happened in {PATIENCE_SECONDS} s: {self.output[-300:]!r}")
            try:
                data = os.read(self.terminal, 1 << 16)
            except OSError:
                data = b""
            if not data:
                return len(re.findall(pattern, self.output)) >= times
            self.output += data.decode("utf-8", "replace")
        return True


class Openssl:
    def __init__(self, args):
        self.scratch = args.scratch
        identity = args.identity
        self.options = ["-servername", "localhost", "-alpn", "h2", "-CAfile", f"{identity}/ca.crt", "-msg"]
        self.certificate = ["-cert", f"{identity}/tls.crt", "-key", f"{identity}/tls.key"]
        self.options += self.certificate
        self.options += ["-cert_chain", f"{args.scratch}/issuers.pem"]
        with open(f"{identity}/tls.crt", encoding="ascii") as chain, open(f"{args.scratch}/issuers.pem", "w") as issuers:
            issuers.write(chain.read().split("-----END CERTIFICATE-----\n", 1)[1])

    def talk(self, target, *options):
        return Conversation(["openssl", "s_client", "-connect", target, *self.options, *options])

    @contextlib.contextmanager
    def willing_server(self, *options):
        """OpenSSL's server, which grants what is asked."""
        command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-alpn", "h2", *self.certificate, *options]
        with Conversation(command) as server:
            if not server.until(r"ACCEPT 127\.0\.0\.1:\d+"):
                raise Wrong(f"openssl s_server does not start: {server.output[-300:]!r}")
            yield re.search(r"ACCEPT (127\.0\.0\.1:\d+)", server.output)[1]


def renegotiates(openssl, target, greets):
    # A server that greets sends data; where that crosses the question, OpenSSL's client breaks off by itself.
    for _ in range(ATTEMPTS):
        with openssl.talk(target, "-tls1_2") as client:
            expect(client.until(r"Verify return code"), "no handshake")
            expect(not greets or client.until(r"\b17 03 03 .. ..\r?\n"), "no greeting")
            client.say("R")
            if client.until(r"<<< .*, ServerHello\b", times=2):
                return True
            # A connection may end for other reasons; a refusal is an alert.
            if re.search(r"<<< .*, Alert .* (no_renegotiation|handshake_failure)", client.output):
                return False
    raise Wrong(f"no answer: {client.output[-300:]!r}")


def sends_early_data(openssl, target):
    session, request = f"{openssl.scratch}/early.session", f"{openssl.scratch}/early.data"
    with open(request, "wb") as file:
        file.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    with contextlib.suppress(FileNotFoundError):
        os.remove(session)
    with openssl.talk(target, "-tls1_3", "-sess_out", session) as client:
        expect(client.until(r"<<< .*, NewSessionTicket\b") and client.until(r"Max Early Data: \d+"), "no session was given")
        most = int(re.search(r"Max Early Data: (\d+)", client.output)[1])
        client.say("Q")
        client.until("(?!)")
    with openssl.talk(target, "-tls1_3", "-sess_in", session, "-early_data", request) as client:
        expect(client.until(r"Early data was (not sent|rejected|accepted)"), "no handshake")
        return most > 0 or "Early data was accepted" in client.output


def check_renegotiation(openssl, target):
    with openssl.willing_server("-tls1_2", "-client_renegotiation") as willing:
        expect(renegotiates(openssl, willing, greets=False), "OpenSSL's own server does not renegotiate")
    expect(not renegotiates(openssl, target, greets=True), "the server renegotiated")
    return "refused; OpenSSL's server grants it"


def check_early_data(openssl, target):
    with openssl.willing_server("-tls1_3", "-early_data", "-max_early_data", "16384") as willing:
        expect(sends_early_data(openssl, willing), "OpenSSL's own server takes no early data")
    expect(not sends_early_data(openssl, target), "the server offers to take early data")
    return "max_early_data is 0; OpenSSL's server takes some"


def check_key_updates(openssl, target):
    protocol = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    protocol.initiate_connection()

    def served(client, calls):
        stream = protocol.get_next_available_stream_id()
        protocol.send_headers(stream, h2client.grpc())
        protocol.send_data(stream, h2client.EMPTY_MESSAGE, end_stream=True)
        client.send(protocol.data_to_send())
        return client.until(ANSWER, calls)

    with openssl.talk(target, "-tls1_3") as client:
        expect(client.until(r"Verify return code"), "no handshake")
        expect(served(client, 1), "a good call is not served")
        client.command("K", FEW)
        expect(client.until(r">>> .*, KeyUpdate\b", FEW) and served(client, 2), f"not served after {FEW} key updates")
        client.command("K", MANY)
        expect(not client.until(r"<<< .*, KeyUpdate\b", MANY), f"{MANY} key updates, all answered")
        return f"{FEW} do no harm, {MANY} end the connection"


def expect(condition, otherwise):
    if not condition:
        raise Wrong(otherwise)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--identity", required=True)
    parser.add_argument("--scratch", required=True)
    parser.add_argument("--tls12", action="append", default=[])
    parser.add_argument("--tls13", action="append", default=[])
    args = parser.parse_args()
    openssl = Openssl(args)
    cases = [("renegotiation", check_renegotiation, [target]) for target in args.tls12]
    for target in (named.split("=")[1] for named in args.tls13):
        cases += [("early-data", check_early_data, [target]), ("key-updates", check_key_updates, [target])]
    for name, check, of in cases:
        try:
            lines.report(name, True, check(openssl, *of))
        except Wrong as wrong:
            lines.report(name, False, wrong)


if __name__ == "__main__":
    main()
