// Command server is a route guide on grpc-go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"

	"countersign.invalid/interop/identity"
	"countersign.invalid/interop/places"
	pb "countersign.invalid/interop/routeguide"
)

type point struct{ latitude, longitude int32 }

func at(p *pb.Point) point { return point{p.GetLatitude(), p.GetLongitude()} }

type routeGuide struct {
	pb.UnimplementedRouteGuideServer
	features []*pb.Feature

	mu    sync.Mutex
	notes map[point][]*pb.RouteNote
}

func (g *routeGuide) featureAt(p *pb.Point) *pb.Feature {
	for _, feature := range g.features {
		if at(feature.Location) == at(p) {
			return feature
		}
	}
	return &pb.Feature{Location: p}
}

func (g *routeGuide) GetFeature(_ context.Context, p *pb.Point) (*pb.Feature, error) {
	return g.featureAt(p), nil
}

func (g *routeGuide) ListFeatures(area *pb.Rectangle, stream grpc.ServerStreamingServer[pb.Feature]) error {
	for _, feature := range places.Named(g.features) {
		if places.Inside(feature.Location, area) {
			if err := stream.Send(feature); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *routeGuide) RecordRoute(stream grpc.ClientStreamingServer[pb.Point, pb.RouteSummary]) error {
	started := time.Now()
	summary := &pb.RouteSummary{}
	var previous *pb.Point
	var metres float64
	for {
		p, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			summary.Distance = int32(metres)
			summary.ElapsedTime = int32(time.Since(started).Seconds())
			return stream.SendAndClose(summary)
		}
		if err != nil {
			return err
		}
		summary.PointCount++
		if g.featureAt(p).Name != "" {
			summary.FeatureCount++
		}
		if previous != nil {
			metres += places.Metres(previous, p)
		}
		previous = p
	}
}

func (g *routeGuide) RouteChat(stream grpc.BidiStreamingServer[pb.RouteNote, pb.RouteNote]) error {
	for {
		note, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, earlier := range g.earlierNotes(note) {
			if err := stream.Send(earlier); err != nil {
				return err
			}
		}
	}
}

// earlierNotes gives the notes at the place of this one, which is kept for the next.
func (g *routeGuide) earlierNotes(note *pb.RouteNote) []*pb.RouteNote {
	g.mu.Lock()
	defer g.mu.Unlock()
	place := at(note.Location)
	earlier := append([]*pb.RouteNote(nil), g.notes[place]...)
	g.notes[place] = append(g.notes[place], note)
	return earlier
}

// sayReady writes the ready file at once, so that nobody reads half of it.
func sayReady(path, address string) error {
	type listener struct {
		Transport string `json:"transport"`
		Address   string `json:"address"`
	}
	text, err := json.Marshal(map[string][]listener{"listeners": {{"mtls", address}}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func serve(directory, featuresFile, readyFile string) error {
	features, err := places.Load(featuresFile)
	if err != nil {
		return err
	}
	creds, err := identity.Server(directory)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.Creds(creds))
	pb.RegisterRouteGuideServer(server, &routeGuide{features: features, notes: map[point][]*pb.RouteNote{}})
	if err := sayReady(readyFile, listener.Addr().String()); err != nil {
		return err
	}
	return server.Serve(listener)
}

func main() {
	directory := flag.String("identity", "", "directory with tls.crt, tls.key and ca.crt")
	features := flag.String("features", "", "places file")
	ready := flag.String("ready-file", "", "written when serving")
	flag.Parse()
	log.Fatal(serve(*directory, *features, *ready))
}
