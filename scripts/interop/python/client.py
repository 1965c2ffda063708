"""A client of the route guide on synchronous grpcio."""

import sys

import grpc
from routeguide import route_guide_pb2_grpc as rpc

import checks
import identity
import places

WITHIN = {"timeout": checks.DEADLINE_SECONDS}


def get_feature(stub, requests):
    known = stub.GetFeature(requests.known[0].location, **WITHIN)
    checks.get_feature(requests, known, stub.GetFeature(checks.NOWHERE, **WITHIN))


def list_features(stub, requests):
    checks.list_features(requests, list(stub.ListFeatures(checks.EVERYWHERE, **WITHIN)))


def record_route(stub, requests):
    checks.record_route(requests, stub.RecordRoute(iter(requests.route), **WITHIN))


def route_chat(stub, requests):
    checks.route_chat(requests, list(stub.RouteChat(iter(requests.notes), **WITHIN)))


def main():
    args = checks.arguments()
    requests = checks.Requests(places.load(args.features))
    report = checks.Report(args.expect)
    for name, check in (
        ("GetFeature", get_feature),
        ("ListFeatures", list_features),
        ("RecordRoute", record_route),
        ("RouteChat", route_chat),
    ):
        with grpc.secure_channel(args.target, identity.channel_credentials(args.identity)) as channel:
            try:
                check(rpc.RouteGuideStub(channel), requests)
                report.answered(name)
            except grpc.RpcError as error:
                report.failed(name, error)
            except ValueError as error:
                report.answered(name, wrong=str(error))
    return 0 if report.all_ok else 1


if __name__ == "__main__":
    sys.exit(main())
