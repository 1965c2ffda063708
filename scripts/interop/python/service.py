"""What a route guide answers; the two servers differ only in how they wait."""

import threading
import time

from routeguide import route_guide_pb2 as pb

import places


class Guide:
    """The places, and the notes that were left at them."""

    def __init__(self, features):
        self._features = features
        self._by_point = {places.key(feature.location): feature for feature in features}
        self._notes = {}
        self._lock = threading.Lock()

    def feature_at(self, point):
        return self._by_point.get(places.key(point), pb.Feature(location=point))

    def features_in(self, area):
        return [f for f in places.named(self._features) if places.inside(f.location, area)]

    def earlier_notes(self, note):
        """The notes at the place of this one, which is kept for the next."""
        with self._lock:
            notes = self._notes.setdefault(places.key(note.location), [])
            earlier = list(notes)
            notes.append(note)
            return earlier


class Route:
    """A route while it is travelled."""

    def __init__(self, guide):
        self._guide = guide
        self._started = time.monotonic()
        self._previous = None
        self._points = 0
        self._features = 0
        self._metres = 0.0

    def add(self, point):
        self._points += 1
        if self._guide.feature_at(point).name:
            self._features += 1
        if self._previous is not None:
            self._metres += places.metres(self._previous, point)
        self._previous = point

    def summary(self):
        return pb.RouteSummary(
            point_count=self._points,
            feature_count=self._features,
            distance=int(self._metres),
            elapsed_time=int(time.monotonic() - self._started),
        )
