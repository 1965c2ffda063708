// An unmodified grpc-go client over ALTS: makes all kinds of calls and prints who the server took it for.
//
// Usage: client PORT TARGET_SERVICE_ACCOUNT [ROUND_TRIPS]
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/alts"
	pb "google.golang.org/grpc/examples/route_guide/routeguide"
)

const megabytes = 100

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func list(ctx context.Context, guide pb.RouteGuideClient) {
	stream, err := guide.ListFeatures(ctx, &pb.Rectangle{Hi: &pb.Point{Latitude: 100}})
	must(err)
	count := 0
	for {
		_, err := stream.Recv()
		if err == io.EOF {
			break
		}
		must(err)
		count++
	}
	if count != 100 {
		log.Fatalf("listed %d features (expected 100)", count)
	}
}

func record(ctx context.Context, guide pb.RouteGuideClient) {
	stream, err := guide.RecordRoute(ctx)
	must(err)
	for i := int32(0); i < 100; i++ {
		must(stream.Send(&pb.Point{Latitude: i}))
	}
	summary, err := stream.CloseAndRecv()
	must(err)
	if summary.GetPointCount() != 100 {
		log.Fatalf("recorded %d points (expected 100)", summary.GetPointCount())
	}
}

func chat(ctx context.Context, guide pb.RouteGuideClient, rounds int, size int) {
	stream, err := guide.RouteChat(ctx)
	must(err)
	note := &pb.RouteNote{Message: strings.Repeat("x", size)}
	for i := 0; i < rounds; i++ {
		must(stream.Send(note))
		echo, err := stream.Recv()
		must(err)
		if len(echo.GetMessage()) != size {
			log.Fatalf("echoed %d bytes (expected %d)", len(echo.GetMessage()), size)
		}
	}
	must(stream.CloseSend())
}

func main() {
	options := alts.DefaultClientOptions()
	options.TargetServiceAccounts = []string{os.Args[2]}
	connection, err := grpc.NewClient("127.0.0.1:"+os.Args[1],
		grpc.WithTransportCredentials(alts.NewClientCreds(options)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(8<<20)))
	must(err)
	guide := pb.NewRouteGuideClient(connection)
	first, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	feature, err := guide.GetFeature(first, &pb.Point{})
	must(err)
	ctx := context.Background()
	list(ctx, guide)
	record(ctx, guide)
	chat(ctx, guide, megabytes, 1<<20)
	trips := 100
	if len(os.Args) > 3 {
		trips, err = strconv.Atoi(os.Args[3])
		must(err)
	}
	chat(ctx, guide, trips, 1)
	must(connection.Close())
	fmt.Println(feature.GetName())
}
