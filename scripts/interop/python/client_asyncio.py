"""A client of the route guide on asyncio grpcio."""

import asyncio
import sys

import grpc
from routeguide import route_guide_pb2_grpc as rpc

import checks
import identity
import places

WITHIN = {"timeout": checks.DEADLINE_SECONDS}


async def get_feature(stub, requests):
    known = await stub.GetFeature(requests.known[0].location, **WITHIN)
    checks.get_feature(requests, known, await stub.GetFeature(checks.NOWHERE, **WITHIN))


async def list_features(stub, requests):
    features = [feature async for feature in stub.ListFeatures(checks.EVERYWHERE, **WITHIN)]
    checks.list_features(requests, features)


async def record_route(stub, requests):
    checks.record_route(requests, await stub.RecordRoute(iter(requests.route), **WITHIN))


async def route_chat(stub, requests):
    checks.route_chat(requests, [note async for note in stub.RouteChat(iter(requests.notes), **WITHIN)])


async def main():
    args = checks.arguments()
    requests = checks.Requests(places.load(args.features))
    report = checks.Report(args.expect)
    for name, check in (
        ("GetFeature", get_feature),
        ("ListFeatures", list_features),
        ("RecordRoute", record_route),
        ("RouteChat", route_chat),
    ):
        credentials = identity.channel_credentials(args.identity)
        async with grpc.aio.secure_channel(args.target, credentials) as channel:
            try:
                await check(rpc.RouteGuideStub(channel), requests)
                report.answered(name)
            except grpc.aio.AioRpcError as error:
                report.failed(name, error)
            except ValueError as error:
                report.answered(name, wrong=str(error))
    return 0 if report.all_ok else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
