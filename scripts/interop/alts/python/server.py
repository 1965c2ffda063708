"""An unmodified grpcio route guide over ALTS: names its one place after the caller's service account.

Usage: server.py READY_FILE    (the port is written there)
"""

import os
import sys
from concurrent import futures

import grpc

import route_guide_pb2
import route_guide_pb2_grpc


def caller(context):
    return context.auth_context()["service_account"][0].decode()


class Guide(route_guide_pb2_grpc.RouteGuideServicer):
    def GetFeature(self, point, context):
        return route_guide_pb2.Feature(name=caller(context), location=point)

    def ListFeatures(self, area, context):
        for latitude in range(area.hi.latitude):
            yield route_guide_pb2.Feature(
                name=caller(context), location=route_guide_pb2.Point(latitude=latitude)
            )

    def RecordRoute(self, points, context):
        return route_guide_pb2.RouteSummary(point_count=sum(1 for _ in points))

    def RouteChat(self, notes, context):
        yield from notes


def main(ready_file):
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=8),
        options=[("grpc.max_receive_message_length", 8 << 20)],
    )
    route_guide_pb2_grpc.add_RouteGuideServicer_to_server(Guide(), server)
    port = server.add_secure_port("127.0.0.1:0", grpc.alts_server_credentials())
    server.start()
    with open(ready_file + ".part", "w", encoding="ascii") as out:
        out.write(f"{port}\n")
    os.rename(ready_file + ".part", ready_file)
    server.wait_for_termination()


if __name__ == "__main__":
    main(sys.argv[1])
