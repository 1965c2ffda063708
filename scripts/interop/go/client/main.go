// Command client is a client of the route guide on grpc-go. See ../../README.md for what it prints.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"countersign.invalid/interop/identity"
	"countersign.invalid/interop/places"
	pb "countersign.invalid/interop/routeguide"
)

const deadline = 20 * time.Second

var everywhere = &pb.Rectangle{
	Lo: &pb.Point{Latitude: -900_000_000, Longitude: -1_800_000_000},
	Hi: &pb.Point{Latitude: 900_000_000, Longitude: 1_800_000_000},
}

type check struct {
	name string
	run  func(context.Context, pb.RouteGuideClient, []*pb.Feature) error
}

func getFeature(ctx context.Context, client pb.RouteGuideClient, named []*pb.Feature) error {
	known, err := client.GetFeature(ctx, named[0].Location)
	if err != nil {
		return err
	}
	nowhere, err := client.GetFeature(ctx, places.Nowhere)
	if err != nil {
		return err
	}
	return errors.Join(same("name", known.Name, named[0].Name), same("name of nowhere", nowhere.Name, ""))
}

func listFeatures(ctx context.Context, client pb.RouteGuideClient, named []*pb.Feature) error {
	stream, err := client.ListFeatures(ctx, everywhere)
	if err != nil {
		return err
	}
	var found, wanted []string
	for {
		feature, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		found = append(found, feature.Name)
	}
	for _, feature := range named {
		wanted = append(wanted, feature.Name)
	}
	slices.Sort(found)
	slices.Sort(wanted)
	return same("names", fmt.Sprintf("%q", found), fmt.Sprintf("%q", wanted))
}

func recordRoute(ctx context.Context, client pb.RouteGuideClient, named []*pb.Feature) error {
	stream, err := client.RecordRoute(ctx)
	if err != nil {
		return err
	}
	route := []*pb.Point{named[0].Location, places.Nowhere, named[1].Location}
	for _, point := range route {
		// io.EOF says that the call has ended; its status comes with the answer.
		if err := stream.Send(point); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	summary, err := stream.CloseAndRecv()
	if err != nil {
		return err
	}
	metres := places.Metres(route[0], route[1]) + places.Metres(route[1], route[2])
	return errors.Join(
		same("points", summary.PointCount, 3),
		same("features", summary.FeatureCount, 2),
		same("distance is right", math.Abs(float64(summary.Distance)/metres-1) < 0.01, true))
}

func routeChat(ctx context.Context, client pb.RouteGuideClient, _ []*pb.Feature) error {
	stream, err := client.RouteChat(ctx)
	if err != nil {
		return err
	}
	here := &pb.Point{Latitude: rand.Int32N(900_000_000), Longitude: rand.Int32N(900_000_000)}
	there := &pb.Point{Latitude: -here.Latitude - 1, Longitude: here.Longitude}
	for _, note := range []*pb.RouteNote{
		{Location: here, Message: "first"},
		{Location: there, Message: "second"},
		{Location: here, Message: "third"},
		{Location: here, Message: "fourth"},
	} {
		if err := stream.Send(note); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	var found []string
	for {
		note, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return same("notes", fmt.Sprint(found), fmt.Sprint([]string{"first", "first", "third"}))
		}
		if err != nil {
			return err
		}
		found = append(found, note.Message)
	}
}

func same[T comparable](what string, found, wanted T) error {
	if found != wanted {
		return fmt.Errorf("%s: %v (expected %v)", what, found, wanted)
	}
	return nil
}

func run(target, directory, featuresFile string, expected codes.Code) (bool, error) {
	features, err := places.Load(featuresFile)
	if err != nil {
		return false, err
	}
	creds, err := identity.Client(directory)
	if err != nil {
		return false, err
	}
	allOK := true
	for _, c := range []check{
		{"GetFeature", getFeature},
		{"ListFeatures", listFeatures},
		{"RecordRoute", recordRoute},
		{"RouteChat", routeChat},
	} {
		outcome := call(c, target, grpc.WithTransportCredentials(creds), places.Named(features))
		ok := status.Code(outcome) == expected
		detail := "answered"
		if outcome != nil {
			detail = outcome.Error()
		}
		line := struct {
			Check  string `json:"check"`
			OK     bool   `json:"ok"`
			Detail string `json:"detail"`
		}{c.name, ok, detail}
		if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
			return false, err
		}
		allOK = allOK && ok
	}
	return allOK, nil
}

// call runs one check on a channel of its own; a wrong answer has the code Unknown.
func call(c check, target string, creds grpc.DialOption, named []*pb.Feature) error {
	channel, err := grpc.NewClient(target, creds)
	if err != nil {
		return err
	}
	defer channel.Close()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	return c.run(ctx, pb.NewRouteGuideClient(channel), named)
}

func main() {
	target := flag.String("target", "", "host:port; the host is the DNS name expected of the server")
	directory := flag.String("identity", "", "directory with ca.crt and, to show one, tls.crt and tls.key")
	features := flag.String("features", "", "places file that the server has loaded")
	expect := flag.String("expect", "", "OK, PERMISSION_DENIED or refused")
	flag.Parse()
	expected, known := map[string]codes.Code{
		"OK": codes.OK, "PERMISSION_DENIED": codes.PermissionDenied, "refused": codes.Unavailable,
	}[*expect]
	if !known {
		log.Fatalf("--expect is %q (OK, PERMISSION_DENIED or refused)", *expect)
	}
	allOK, err := run(*target, *directory, *features, expected)
	if err != nil {
		log.Fatal(err)
	}
	if !allOK {
		os.Exit(1)
	}
}
