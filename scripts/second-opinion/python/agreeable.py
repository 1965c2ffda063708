"""A listener that agrees to whatever a ClientHello offers: any version up to TLS 1.2, the weakest suite, compression,
heartbeats. It has no cryptography and finishes no handshake; scanners judge by the ServerHello, and must find fault with it."""

import argparse
import socketserver
import struct

import lines

HANDSHAKE, ALERT = 22, 21
SERVER_HELLO, CERTIFICATE, DONE = 2, 11, 14
HEARTBEAT = 15
SIGNALS = (0x00FF, 0x5600)
# NULL, anonymous, export, RC4, single DES, triple DES: the worst that is offered is taken.
WORST = (0x0002, 0x0001, 0x0034, 0x0018, 0x0003, 0x0006, 0x0008, 0x0014, 0x0004, 0x0005, 0x0009, 0x000A, 0x0016)


class Hello:
    """The parts of a ClientHello that are agreed to."""

    def __init__(self, body):
        self.version = min(struct.unpack(">H", body[:2])[0], 0x0303)
        at = 34 + 1 + body[34]
        length = struct.unpack(">H", body[at : at + 2])[0]
        offered = struct.unpack(f">{length // 2}H", body[at + 2 : at + 2 + length])
        at += 2 + length
        self.compression = max(body[at + 1 : at + 1 + body[at]])
        self.extensions = body[at + 1 + body[at] + 2 :]
        real = [suite for suite in offered if suite not in SIGNALS and suite >> 8 != 0x13]
        self.suite = next((suite for suite in WORST if suite in real), real[0] if real else None)

    def offers(self, wanted):
        at = 0
        while at + 4 <= len(self.extensions):
            kind, length = struct.unpack(">HH", self.extensions[at : at + 4])
            if kind == wanted:
                return True
            at += 4 + length
        return False


def message(kind, body):
    return struct.pack(">I", kind << 24 | len(body)) + body


def flight(hello, certificate):
    extensions = struct.pack(">HHB", HEARTBEAT, 1, 1) if hello.offers(HEARTBEAT) else b""
    agreed = struct.pack(">H", hello.version) + bytes(32) + b"\0" + struct.pack(">HB", hello.suite, hello.compression)
    agreed += struct.pack(">H", len(extensions)) + extensions if extensions else b""
    listed = len(certificate).to_bytes(3, "big") + certificate
    return (
        message(SERVER_HELLO, agreed)
        + message(CERTIFICATE, len(listed).to_bytes(3, "big") + listed)
        + message(DONE, b"")
    )


class Agreement(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self):
        self.answer(self.rfile.read(5))
        # One scanner writes once more and dies of a closed connection, the other waits until it is closed.
        self.connection.settimeout(0.2)
        while self.connection.recv(1 << 14):
            pass

    def answer(self, head):
        if len(head) == 5 and head[0] & 0x80 and head[2] == 1:
            self.answer_ssl2(head)
        elif len(head) == 5 and head[0] == HANDSHAKE:
            body = self.rfile.read(struct.unpack(">H", head[3:])[0])
            hello = Hello(body[4:])
            if hello.suite is None:
                self.wfile.write(struct.pack(">BHHBB", ALERT, 0x0303, 2, 2, 40))
                return
            answer = flight(hello, self.server.certificate)
            self.wfile.write(struct.pack(">BHH", HANDSHAKE, hello.version, len(answer)) + answer)

    def answer_ssl2(self, head):
        self.rfile.read(((head[0] & 0x7F) << 8 | head[1]) - 3)
        suites = bytes.fromhex("0700c0050080030080010080060040040080020080")
        certificate = self.server.certificate
        lengths = struct.pack(">HHH", len(certificate), len(suites), 16)
        body = b"\x04\0\x01\0\x02" + lengths + certificate + suites + bytes(16)
        self.wfile.write(struct.pack(">H", 0x8000 | len(body)) + body)


class Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A scanner may hang up at any time."""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate", required=True, help="a file of DER")
    parser.add_argument("--ready-file", required=True)
    args = parser.parse_args()
    with Listener(("127.0.0.1", 0), Agreement) as listener:
        with open(args.certificate, "rb") as file:
            listener.certificate = file.read()
        lines.say_ready(args.ready_file, listener.server_address[1])
        listener.serve_forever()


if __name__ == "__main__":
    main()
