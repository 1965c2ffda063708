"""What a client sends and what it must get back; the two clients differ only in how they call."""

import argparse
import json
import random

import grpc
from routeguide import route_guide_pb2 as pb

import places

DEADLINE_SECONDS = 20
NOWHERE = pb.Point(latitude=1, longitude=1)
EVERYWHERE = pb.Rectangle(
    lo=pb.Point(latitude=-900_000_000, longitude=-1_800_000_000),
    hi=pb.Point(latitude=900_000_000, longitude=1_800_000_000),
)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", required=True, help="host:port; the host is the DNS name expected of the server")
    parser.add_argument("--identity", required=True, help="directory with ca.crt and, to show one, tls.crt and tls.key")
    parser.add_argument("--features", required=True, help="places file that the server has loaded")
    parser.add_argument("--expect", required=True, choices=["OK", "PERMISSION_DENIED", "refused"])
    return parser.parse_args()


class Requests:
    """The requests of one run; the notes are left where nobody else leaves any."""

    def __init__(self, features):
        self.known = places.named(features)[:2]
        self.everything = sorted(feature.name for feature in places.named(features))
        self.route = [self.known[0].location, NOWHERE, self.known[1].location]
        here = pb.Point(latitude=random.randrange(900_000_000), longitude=random.randrange(900_000_000))
        there = pb.Point(latitude=-here.latitude - 1, longitude=here.longitude)
        self.notes = [
            pb.RouteNote(location=place, message=text)
            for place, text in ((here, "first"), (there, "second"), (here, "third"), (here, "fourth"))
        ]

    def route_metres(self):
        return sum(places.metres(a, b) for a, b in zip(self.route, self.route[1:]))


def get_feature(requests, known, nowhere):
    _same("name", known.name, requests.known[0].name)
    _same("name of nowhere", nowhere.name, "")


def list_features(requests, features):
    _same("names", sorted(feature.name for feature in features), requests.everything)


def record_route(requests, summary):
    _same("points", summary.point_count, len(requests.route))
    _same("features", summary.feature_count, 2)
    _same("distance is right", abs(summary.distance / requests.route_metres() - 1) < 0.01, True)


def route_chat(requests, notes):
    _same("notes", [note.message for note in notes], ["first", "first", "third"])


def _same(what, found, expected):
    if found != expected:
        raise ValueError(f"{what}: {found!r} (expected {expected!r})")


class Report:
    """One JSON line for each check."""

    def __init__(self, expect):
        self._expected = {"OK": grpc.StatusCode.OK, "refused": grpc.StatusCode.UNAVAILABLE}.get(
            expect, grpc.StatusCode.PERMISSION_DENIED
        )
        self.all_ok = True

    def answered(self, check, wrong=None):
        """The calls of this check were answered, rightly if nothing is said to be wrong."""
        ok = self._expected is grpc.StatusCode.OK and wrong is None
        self._line(check, ok, wrong or "answered")

    def failed(self, check, error):
        self._line(check, error.code() is self._expected, f"{error.code().name}: {error.details()}")

    def _line(self, check, ok, detail):
        self.all_ok = self.all_ok and ok
        print(json.dumps({"check": check, "ok": ok, "detail": detail}, separators=(",", ":")), flush=True)
