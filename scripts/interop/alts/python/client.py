"""An unmodified grpcio client over ALTS: makes all kinds of calls and prints who the server took it for.

Usage: client.py PORT TARGET_SERVICE_ACCOUNT [ROUND_TRIPS]
"""

import sys

import grpc

import route_guide_pb2
import route_guide_pb2_grpc

MEGABYTES = 100


def notes(count, size):
    note = route_guide_pb2.RouteNote(message="x" * size)
    return (note for _ in range(count))


def round_trips(guide, count):
    for index in range(count):
        point = route_guide_pb2.Point(latitude=index)
        assert guide.GetFeature(point).location.latitude == index


def main(port, target, trips):
    credentials = grpc.alts_channel_credentials(service_accounts=[target])
    options = [("grpc.max_receive_message_length", 8 << 20)]
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
        guide = route_guide_pb2_grpc.RouteGuideStub(channel)
        me = guide.GetFeature(route_guide_pb2.Point(), timeout=30).name
        area = route_guide_pb2.Rectangle(hi=route_guide_pb2.Point(latitude=100))
        assert len(list(guide.ListFeatures(area))) == 100
        points = (route_guide_pb2.Point(latitude=i) for i in range(100))
        assert guide.RecordRoute(points).point_count == 100
        echoed = sum(len(note.message) for note in guide.RouteChat(notes(MEGABYTES, 1 << 20)))
        assert echoed == MEGABYTES << 20
        round_trips(guide, trips)
    print(me)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 100)
