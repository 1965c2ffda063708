"""A route guide on synchronous grpcio."""

from concurrent import futures

import grpc
from routeguide import route_guide_pb2_grpc as rpc

import identity
import listening
import places
import service


class RouteGuide(rpc.RouteGuideServicer):
    def __init__(self, guide):
        self._guide = guide

    def GetFeature(self, request, context):
        return self._guide.feature_at(request)

    def ListFeatures(self, request, context):
        yield from self._guide.features_in(request)

    def RecordRoute(self, request_iterator, context):
        route = service.Route(self._guide)
        for point in request_iterator:
            route.add(point)
        return route.summary()

    def RouteChat(self, request_iterator, context):
        for note in request_iterator:
            yield from self._guide.earlier_notes(note)


def main():
    args = listening.arguments()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    guide = service.Guide(places.load(args.features))
    rpc.add_RouteGuideServicer_to_server(RouteGuide(guide), server)
    port = server.add_secure_port("127.0.0.1:0", identity.server_credentials(args.identity))
    server.start()
    listening.say_ready(args.ready_file, port)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
