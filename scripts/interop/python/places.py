"""The places of the route guide, and what its service works out from them."""

import json
import math

from routeguide import route_guide_pb2 as pb

EARTH_RADIUS_METRES = 6_371_000


def load(path):
    """The features of a places file, in its order."""
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["feature"]
    return [
        pb.Feature(
            name=row.get("name", ""),
            location=pb.Point(
                latitude=row["location"].get("latitude", 0),
                longitude=row["location"].get("longitude", 0),
            ),
        )
        for row in rows
    ]


def key(point):
    return point.latitude, point.longitude


def inside(point, area):
    south, north = sorted((area.lo.latitude, area.hi.latitude))
    west, east = sorted((area.lo.longitude, area.hi.longitude))
    return south <= point.latitude <= north and west <= point.longitude <= east


def metres(a, b):
    """The great-circle distance between two points."""
    lat_a, lat_b = (math.radians(p.latitude / 1e7) for p in (a, b))
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians((b.longitude - a.longitude) / 1e7) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_METRES * math.atan2(math.sqrt(h), math.sqrt(1 - h))


def named(features):
    return [feature for feature in features if feature.name]
