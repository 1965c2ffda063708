"""An identity directory (tls.crt, tls.key, ca.crt) as gRPC credentials."""

import pathlib

import grpc


def _read(directory, name):
    return (pathlib.Path(directory) / name).read_bytes()


def channel_credentials(directory):
    """Credentials of a client; without tls.crt it shows no certificate."""
    if not (pathlib.Path(directory) / "tls.crt").exists():
        return grpc.ssl_channel_credentials(root_certificates=_read(directory, "ca.crt"))
    return grpc.ssl_channel_credentials(
        root_certificates=_read(directory, "ca.crt"),
        private_key=_read(directory, "tls.key"),
        certificate_chain=_read(directory, "tls.crt"),
    )


def server_credentials(directory):
    """Credentials of a server that demands a client certificate."""
    return grpc.ssl_server_credentials(
        [(_read(directory, "tls.key"), _read(directory, "tls.crt"))],
        root_certificates=_read(directory, "ca.crt"),
        require_client_auth=True,
    )
