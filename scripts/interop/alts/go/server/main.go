// An unmodified grpc-go route guide over ALTS: names its one place after the caller's service account.
//
// Usage: server READY_FILE    (the port is written there)
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/alts"
	pb "google.golang.org/grpc/examples/route_guide/routeguide"
)

type guide struct {
	pb.UnimplementedRouteGuideServer
}

func caller(ctx context.Context) (string, error) {
	info, err := alts.AuthInfoFromContext(ctx)
	if err != nil {
		return "", err
	}
	return info.PeerServiceAccount(), nil
}

func (guide) GetFeature(ctx context.Context, point *pb.Point) (*pb.Feature, error) {
	name, err := caller(ctx)
	return &pb.Feature{Name: name, Location: point}, err
}

func (guide) ListFeatures(area *pb.Rectangle, stream grpc.ServerStreamingServer[pb.Feature]) error {
	for i := int32(0); i < area.GetHi().GetLatitude(); i++ {
		if err := stream.Send(&pb.Feature{Location: &pb.Point{Latitude: i}}); err != nil {
			return err
		}
	}
	return nil
}

func (guide) RecordRoute(stream grpc.ClientStreamingServer[pb.Point, pb.RouteSummary]) error {
	var points int32
	for {
		_, err := stream.Recv()
		if err == io.EOF {
			return stream.SendAndClose(&pb.RouteSummary{PointCount: points})
		}
		if err != nil {
			return err
		}
		points++
	}
}

func (guide) RouteChat(stream grpc.BidiStreamingServer[pb.RouteNote, pb.RouteNote]) error {
	for {
		note, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(note); err != nil {
			return err
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(
		grpc.Creds(alts.NewServerCreds(alts.DefaultServerOptions())), grpc.MaxRecvMsgSize(8<<20))
	pb.RegisterRouteGuideServer(server, guide{})
	port := fmt.Sprintln(listener.Addr().(*net.TCPAddr).Port)
	if err := os.WriteFile(os.Args[1]+".part", []byte(port), 0o644); err != nil {
		log.Fatal(err)
	}
	if err := os.Rename(os.Args[1]+".part", os.Args[1]); err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.Serve(listener))
}
