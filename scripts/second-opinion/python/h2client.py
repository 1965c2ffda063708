"""A client on hyper-h2 that sends what it is told to, and tells what the server made of it."""

import dataclasses
import socket
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events

PATIENCE_SECONDS = 30
PATH = "/routeguide.RouteGuide/GetFeature"
EMPTY_MESSAGE = bytes(5)


@dataclasses.dataclass
class Outcome:
    """What the server said on one stream until it was over."""

    headers: dict = dataclasses.field(default_factory=dict)
    reset: str = ""
    goodbye: str = ""
    closed: bool = False

    def __str__(self):
        status = " ".join(f"{name} {self.headers[name]}" for name in (":status", "grpc-status") if name in self.headers)
        return status or self.reset or self.goodbye or ("closed" if self.closed else "nothing")

    @property
    def served(self):
        return self.headers.get("grpc-status") == "0"

    @property
    def refused(self):
        """Turned down below gRPC: the stream reset, or the connection ended."""
        return not self.headers and bool(self.reset or self.goodbye or self.closed)


class Refused(Exception):
    """The server did not let us in."""


def tls(identity, alpn=("h2",), maximum=None, show=True):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(f"{identity}/ca.crt")
    if show:
        context.load_cert_chain(f"{identity}/tls.crt", f"{identity}/tls.key")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if maximum:
        context.maximum_version = maximum
    return context


class Client:
    def __init__(self, target, context):
        host, port = target.rsplit(":", 1)
        try:
            plain = socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)
            self.socket = context.wrap_socket(plain, server_hostname="localhost")
        except TimeoutError:
            raise
        except (ssl.SSLError, ConnectionError) as error:
            raise Refused(str(error)) from error
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=True,
                header_encoding="utf-8",
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self.h2.initiate_connection()
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        self.send(self.h2.data_to_send())

    def send(self, data):
        try:
            self.socket.sendall(data)
        except TimeoutError:
            raise
        except (ssl.SSLError, ConnectionError):
            # What the server said before it hung up is still to be read.
            pass

    def request(self, headers, body=EMPTY_MESSAGE):
        """Sends one request and reads until its stream is over."""
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, headers, end_stream=body is None)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=True)
        self.flush()
        return self.outcome(stream)

    def outcome(self, stream):
        outcome = Outcome()
        while True:
            try:
                data = self.socket.recv(1 << 16)
            except TimeoutError:
                raise
            except (ssl.SSLError, ConnectionError):
                data = b""
            if not data:
                outcome.closed = True
                return outcome
            over = False
            for event in self.h2.receive_data(data):
                over = self._note(event, stream, outcome) or over
            self.flush()
            if over:
                return outcome

    def _note(self, event, stream, outcome):
        """True when nothing more comes."""
        if isinstance(event, h2.events.ConnectionTerminated):
            outcome.goodbye = f"GOAWAY {h2.errors.ErrorCodes(event.error_code).name}"
            return True
        if getattr(event, "stream_id", None) != stream:
            return False
        if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
            outcome.headers |= dict(event.headers)
        if isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
        if isinstance(event, h2.events.StreamReset):
            outcome.reset = f"RST_STREAM {h2.errors.ErrorCodes(event.error_code).name}"
            return True
        return isinstance(event, h2.events.StreamEnded)


def grpc(path=PATH, method="POST", content_type="application/grpc", more=()):
    return [
        (":method", method),
        (":scheme", "https"),
        (":authority", "localhost"),
        (":path", path),
        ("content-type", content_type),
        ("te", "trailers"),
        *more,
    ]
