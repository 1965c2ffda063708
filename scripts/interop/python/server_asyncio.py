"""A route guide on asyncio grpcio."""

import asyncio

import grpc
from routeguide import route_guide_pb2_grpc as rpc

import identity
import listening
import places
import service


class RouteGuide(rpc.RouteGuideServicer):
    def __init__(self, guide):
        self._guide = guide

    async def GetFeature(self, request, context):
        return self._guide.feature_at(request)

    async def ListFeatures(self, request, context):
        for feature in self._guide.features_in(request):
            yield feature

    async def RecordRoute(self, request_iterator, context):
        route = service.Route(self._guide)
        async for point in request_iterator:
            route.add(point)
        return route.summary()

    async def RouteChat(self, request_iterator, context):
        async for note in request_iterator:
            for earlier in self._guide.earlier_notes(note):
                yield earlier


async def main():
    args = listening.arguments()
    server = grpc.aio.server()
    guide = service.Guide(places.load(args.features))
    rpc.add_RouteGuideServicer_to_server(RouteGuide(guide), server)
    port = server.add_secure_port("127.0.0.1:0", identity.server_credentials(args.identity))
    await server.start()
    listening.say_ready(args.ready_file, port)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main())
