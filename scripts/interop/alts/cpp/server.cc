// An unmodified C++ route guide over ALTS: names its one place after the caller's service account.
//
// Usage: server READY_FILE    (the port is written there)

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/server_credentials.h>

#include "route_guide.grpc.pb.h"

namespace {

constexpr int kMaxMessage = 8 << 20;

std::string Caller(const grpc::ServerContext& context) {
  const auto accounts = context.auth_context()->FindPropertyValues("service_account");
  return accounts.empty() ? "" : std::string(accounts[0].data(), accounts[0].size());
}

class Guide final : public routeguide::RouteGuide::Service {
  grpc::Status GetFeature(grpc::ServerContext* context, const routeguide::Point* point,
                          routeguide::Feature* feature) override {
    feature->set_name(Caller(*context));
    *feature->mutable_location() = *point;
    return grpc::Status::OK;
  }

  grpc::Status ListFeatures(grpc::ServerContext* context, const routeguide::Rectangle* area,
                            grpc::ServerWriter<routeguide::Feature>* writer) override {
    routeguide::Feature feature;
    feature.set_name(Caller(*context));
    for (int i = 0; i < area->hi().latitude(); i++) {
      writer->Write(feature);
    }
    return grpc::Status::OK;
  }

  grpc::Status RecordRoute(grpc::ServerContext*, grpc::ServerReader<routeguide::Point>* reader,
                           routeguide::RouteSummary* summary) override {
    int points = 0;
    for (routeguide::Point point; reader->Read(&point);) {
      points++;
    }
    summary->set_point_count(points);
    return grpc::Status::OK;
  }

  grpc::Status RouteChat(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<routeguide::RouteNote, routeguide::RouteNote>* stream) override {
    for (routeguide::RouteNote note; stream->Read(&note);) {
      stream->Write(note);
    }
    return grpc::Status::OK;
  }
};

}  // namespace

int main(int, char** argv) {
  Guide guide;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessage);
  builder.AddListeningPort(
      "127.0.0.1:0",
      grpc::experimental::AltsServerCredentials(grpc::experimental::AltsServerCredentialsOptions()),
      &port);
  builder.RegisterService(&guide);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    return 1;
  }
  const std::string ready = argv[1];
  std::ofstream(ready + ".part") << port << "\n";
  std::rename((ready + ".part").c_str(), ready.c_str());
  server->Wait();
}
