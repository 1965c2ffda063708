"""What testssl.sh and sslscan must say about our listener, and that each of these expectations can fail.

scans.py pins PROFILE SCAN...         PROFILE: boringssl, jdk or tls12; holds the pins of a profile against what was found
scans.py controls PROFILE SCAN...     SCAN...: of weak listeners; each pin must be broken by one of them

A scan is the JSON of testssl.sh or the XML of sslscan. Which pins apply follows from what was scanned with."""

import collections
import json
import re
import sys
import xml.etree.ElementTree as ET

import lines

Pin = collections.namedtuple("Pin", "check key expected")

TLS13_SUITES = "TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256"
TLS12_SUITES = "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305"
NAMES = "URI:spiffe://example.org/ns/demo/sa/server, DNS:localhost"


def testssl_pins(tls12):
    """The ids of testssl.sh, and the sentence that it has for the right answer."""
    for key in ("SSLv2", "SSLv3", "TLS1", "TLS1_1"):
        yield Pin("old-protocols", key, "not offered")
    yield Pin("tls-1-2-on-request-only", "TLS1_2", "offered" if tls12 else "not offered")
    yield Pin("tls-1-3-works", "TLS1_3", "offered with final")
    for kind in ("NULL", "aNULL", "EXPORT", "LOW", "3DES_IDEA", "AVERAGE"):
        yield Pin("weak-suites", f"cipherlist_{kind}", "not offered")
    yield Pin("suites", "PFS_ciphers", words(f"{TLS13_SUITES} {TLS12_SUITES}" if tls12 else TLS13_SUITES))
    yield Pin("groups", "PFS_ECDHE_curves", words("prime256v1 X25519"))
    yield Pin("alpn", "ALPN", "h2")
    yield Pin("certificate", "cert_signatureAlgorithm", "ECDSA with SHA256")
    yield Pin("certificate", "cert_keySize", "EC 256 bits")
    yield Pin("certificate", "cert_keyUsage", "Digital Signature")
    yield Pin("certificate", "cert_subjectAltName", "spiffe://example.org/ns/demo/sa/server localhost")
    yield Pin("compression", "CRIME_TLS", "not vulnerable" if tls12 else "TLS 1.3 only server")


def sslscan_pins(profile):
    for kind, version in (("ssl", "2"), ("ssl", "3"), ("tls", "1.0"), ("tls", "1.1")):
        yield Pin("old-protocols", f"{kind} {version}", "0")
    yield Pin("tls-1-2-on-request-only", "tls 1.2", "1" if profile == "tls12" else "0")
    yield Pin("tls-1-3-works", "tls 1.3", "1")
    yield Pin("suites", "TLSv1.3 ciphers", words(TLS13_SUITES))
    groups = "secp256r1 x25519 secp384r1" if profile == "jdk" else "secp256r1 x25519"
    yield Pin("groups", "TLSv1.3 groups", words(groups))
    yield Pin("renegotiation-not-offered", "renegotiation", "0")
    yield Pin("certificate", "key", "EC prime256v1")
    yield Pin("certificate", "signature", "ecdsa-with-SHA256")
    yield Pin("certificate", "names", NAMES)
    yield Pin("certificate", "self-signed", "false")


def words(text):
    return " ".join(sorted(text.split()))


def testssl_facts(path):
    with open(path, encoding="utf-8") as file:
        found = json.load(file)
    # Of an id that comes twice the first is the verdict.
    facts = {entry["id"]: entry["finding"] for entry in reversed(found)}
    for key in ("PFS_ciphers", "PFS_ECDHE_curves"):
        if key in facts:
            facts[key] = words(facts[key])
    # The protocol stands in the id, or the refusal beside a shorter one.
    spoken = [entry["finding"] for entry in found if entry["id"].startswith("ALPN")]
    if spoken:
        facts["ALPN"] = " ".join(spoken)
    return facts


def sslscan_facts(path):
    test = ET.parse(path).getroot().find("ssltest")
    facts = {f"{found.get('type')} {found.get('version')}": found.get("enabled") for found in test.iter("protocol")}
    for kind, name in (("cipher", "cipher"), ("group", "name")):
        of_version = collections.defaultdict(set)
        for found in test.iter(kind):
            of_version[found.get("sslversion")].add(found.get(name).split(" ")[0])
        facts |= {f"{version} {kind}s": words(" ".join(names)) for version, names in of_version.items()}
    facts["renegotiation"] = test.find("renegotiation").get("supported")
    certificate = test.find("certificates/certificate")
    if certificate is not None:
        key = certificate.find("pk")
        facts["key"] = f"{key.get('type')} {key.get('curve_name') or key.get('bits')}"
        facts["signature"] = certificate.findtext("signature-algorithm")
        facts["names"] = certificate.findtext("altnames") or "none"
        facts["self-signed"] = certificate.findtext("self-signed")
    return facts


def read(profile, path):
    """The name of the scanner, its pins and what it found."""
    if path.endswith(".xml"):
        return "sslscan", list(sslscan_pins(profile)), sslscan_facts(path)
    return "testssl.sh", list(testssl_pins(profile == "tls12")), testssl_facts(path)


def hold(profile, path):
    scanner, pins, facts = read(profile, path)
    for check in dict.fromkeys(pin.check for pin in pins):
        wrong = [
            f"{pin.key} is {facts.get(pin.key)!r} ({pin.expected!r} expected)"
            for pin in pins
            if pin.check == check and not as_expected(pin, facts)
        ]
        lines.report(check, not wrong, f"{scanner}, {profile}: " + ("; ".join(wrong) or "as pinned"))


def as_expected(pin, facts):
    found = facts.get(pin.key)
    # What follows in parentheses depends on whether it took the server for a web server.
    return found is not None and re.sub(r"\s+", " ", found.split("(")[0]).strip() == pin.expected


def control(profile, paths):
    scans = [read(profile, path) for path in paths]
    for scanner in dict.fromkeys(scan[0] for scan in scans):
        pins = next(scan[1] for scan in scans if scan[0] == scanner)
        found = [scan[2] for scan in scans if scan[0] == scanner]
        # A key that the scanner left out shows nothing: the weak listener must be found out.
        never = [pin.key for pin in pins if not any(pin.key in facts and not as_expected(pin, facts) for facts in found)]
        detail = f"{scanner}: a weak listener breaks each of {len(pins)} pins"
        lines.report("weak-listeners-are-found-out", not never, f"never broken: {never}" if never else detail)


if __name__ == "__main__":
    mode, of_profile, *scans_of = sys.argv[1:]
    if mode == "pins":
        for scan in scans_of:
            hold(of_profile, scan)
    else:
        control(of_profile, scans_of)
