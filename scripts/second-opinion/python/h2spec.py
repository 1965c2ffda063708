"""Runs h2spec, whose program travels in a Maven artifact, and holds its failures against those that are known.

h2spec.py --jar FILE --port PORT --scratch DIR"""

import argparse
import io
import os
import re
import subprocess
import tarfile
import xml.etree.ElementTree as ET
import zipfile

import lines

PROGRAM = "h2spec/2.2.0/h2spec_linux_amd64.tar.gz"
CASES = 145

# Refused in another way than it wants, by grpc-java and Netty: a stream is reset where it wants the connection closed,
# or the reverse; a bad request is answered 404 or 405 where it wants the stream reset. None is served.
KNOWN = {
    "closed: Sends a HEADERS frame",
    "Sends stream identifier that is numerically smaller than previous",
    'Sends a HEADERS frame with empty ":path" pseudo-header field',
    'Sends a HEADERS frame that omits ":method" pseudo-header field',
    'Sends a HEADERS frame that omits ":path" pseudo-header field',
    # A scheme decides nothing here.
    'Sends a HEADERS frame that omits ":scheme" pseudo-header field',
}
# gRPC measures the connection with a PING of its own, and h2spec takes the first PING for its answer.
BY_CHANCE = {
    "Sends a RST_STREAM frame on half-closed (remote) stream",
    "half closed (remote): Sends a HEADERS frame",
}


def extract(jar, directory):
    with zipfile.ZipFile(jar) as archive:
        with tarfile.open(fileobj=io.BytesIO(archive.read(PROGRAM))) as program:
            program.extract("h2spec", directory)
    return os.path.join(directory, "h2spec")


def failures(report):
    """The bytes that a server sent stand in the report as they came, which is no XML."""
    with open(report, encoding="utf-8", errors="replace") as file:
        text = re.sub(r"[^\t\n\x20-\ud7ff]", "?", file.read())
    cases = list(ET.fromstring(text).iter("testcase"))
    return len(cases), {case.get("classname") for case in cases if len(case)}


def main():
    parser = argparse.ArgumentParser()
    for name in ("jar", "port", "scratch"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    report = os.path.join(args.scratch, "h2spec.xml")
    command = [extract(args.jar, args.scratch), "-h", "127.0.0.1", "-p", args.port, "-o", "5", "-j", report]
    new, once, gone = set(), set(), set(KNOWN)
    # A case has five seconds, which a busy machine may take: what fails anew or no longer must do so twice.
    for attempt in range(2):
        if os.path.exists(report):
            os.remove(report)
        done = subprocess.run(command + ["-P", "/routeguide.RouteGuide/GetFeature"], capture_output=True, check=False)
        if not os.path.exists(report):
            lines.report("h2spec", False, done.stdout[-200:] + done.stderr[-200:])
            return
        ran, failed = failures(report)
        unknown = failed - KNOWN - BY_CHANCE
        new = new & unknown if attempt else unknown
        once |= unknown
        gone -= failed
        if not new and not gone:
            break
    lines.report("h2spec-ran", ran == CASES, f"{ran} cases ({CASES} expected)")
    lines.report("h2spec", not new, f"fails: {sorted(new)}" if new else f"{ran - len(failed)} of {ran} passed, {'failed once: ' + str(sorted(once)) if once else 'no new failure'}")
    lines.report("h2spec-known", not gone, f"passes, so it can go: {sorted(gone)}" if gone else "the known ones fail")


if __name__ == "__main__":
    main()
