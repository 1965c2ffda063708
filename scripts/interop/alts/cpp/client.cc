// An unmodified C++ client over ALTS: makes all kinds of calls and prints who the server took it for.
//
// Usage: client PORT TARGET_SERVICE_ACCOUNT [ROUND_TRIPS]

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/credentials.h>

#include "route_guide.grpc.pb.h"

namespace {

constexpr int kMegabytes = 100;
constexpr int kMaxMessage = 8 << 20;

void Require(bool holds, const std::string& what) {
  if (!holds) {
    std::cerr << what << std::endl;
    std::exit(1);
  }
}

std::string Me(routeguide::RouteGuide::Stub& guide) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  routeguide::Feature feature;
  const grpc::Status status = guide.GetFeature(&context, routeguide::Point(), &feature);
  Require(status.ok(), status.error_message());
  return feature.name();
}

void List(routeguide::RouteGuide::Stub& guide) {
  grpc::ClientContext context;
  routeguide::Rectangle area;
  area.mutable_hi()->set_latitude(100);
  const auto reader = guide.ListFeatures(&context, area);
  int count = 0;
  for (routeguide::Feature feature; reader->Read(&feature);) {
    count++;
  }
  Require(reader->Finish().ok() && count == 100, "listing failed");
}

void Record(routeguide::RouteGuide::Stub& guide) {
  grpc::ClientContext context;
  routeguide::RouteSummary summary;
  const auto writer = guide.RecordRoute(&context, &summary);
  for (int i = 0; i < 100; i++) {
    writer->Write(routeguide::Point());
  }
  writer->WritesDone();
  Require(writer->Finish().ok() && summary.point_count() == 100, "recording failed");
}

void Chat(routeguide::RouteGuide::Stub& guide, int rounds, int size) {
  grpc::ClientContext context;
  routeguide::RouteNote note;
  note.set_message(std::string(size, 'x'));
  const auto stream = guide.RouteChat(&context);
  for (int i = 0; i < rounds; i++) {
    routeguide::RouteNote echo;
    Require(stream->Write(note) && stream->Read(&echo), "chatting failed");
    Require(echo.message().size() == note.message().size(), "the echo has another size");
  }
  stream->WritesDone();
  Require(stream->Finish().ok(), "chatting failed at its end");
}

}  // namespace

int main(int argc, char** argv) {
  grpc::experimental::AltsCredentialsOptions options;
  options.target_service_accounts.push_back(argv[2]);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessage);
  const auto guide = routeguide::RouteGuide::NewStub(grpc::CreateCustomChannel(
      std::string("127.0.0.1:") + argv[1], grpc::experimental::AltsCredentials(options),
      arguments));
  const std::string me = Me(*guide);
  List(*guide);
  Record(*guide);
  Chat(*guide, kMegabytes, 1 << 20);
  Chat(*guide, argc > 3 ? std::stoi(argv[3]) : 100, 1);
  std::cout << me << std::endl;
}
