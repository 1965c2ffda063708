"""What both servers do before they serve: read their arguments and say that they are ready."""

import argparse
import json
import os


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--identity", required=True, help="directory with tls.crt, tls.key and ca.crt")
    parser.add_argument("--features", required=True, help="places file")
    parser.add_argument("--ready-file", required=True)
    return parser.parse_args()


def say_ready(path, port):
    """Writes the ready file at once, so that nobody reads half of it."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({"listeners": [{"transport": "mtls", "address": f"127.0.0.1:{port}"}]}, file)
    os.replace(path + ".new", path)
