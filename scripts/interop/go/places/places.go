// Package places holds the places of the route guide, and what its service works out from them.
package places

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	pb "countersign.invalid/interop/routeguide"
)

const earthRadiusMetres = 6_371_000

// Nowhere is a point in the ocean.
var Nowhere = &pb.Point{Latitude: 1, Longitude: 1}

// Load reads the features of a places file, in its order.
func Load(path string) ([]*pb.Feature, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Feature []struct {
			Name     string
			Location struct{ Latitude, Longitude int32 }
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	features := make([]*pb.Feature, 0, len(file.Feature))
	for _, row := range file.Feature {
		point := &pb.Point{Latitude: row.Location.Latitude, Longitude: row.Location.Longitude}
		features = append(features, &pb.Feature{Name: row.Name, Location: point})
	}
	return features, nil
}

// Named leaves out the features without a name.
func Named(features []*pb.Feature) []*pb.Feature {
	var named []*pb.Feature
	for _, feature := range features {
		if feature.Name != "" {
			named = append(named, feature)
		}
	}
	return named
}

// Inside says whether a point lies between the corners of an area.
func Inside(point *pb.Point, area *pb.Rectangle) bool {
	between := func(x, a, b int32) bool { return min(a, b) <= x && x <= max(a, b) }
	return between(point.Latitude, area.Lo.GetLatitude(), area.Hi.GetLatitude()) &&
		between(point.Longitude, area.Lo.GetLongitude(), area.Hi.GetLongitude())
}

// Metres is the great-circle distance between two points.
func Metres(a, b *pb.Point) float64 {
	radians := func(e7 float64) float64 { return e7 / 1e7 * math.Pi / 180 }
	halfLat := radians(float64(b.Latitude)-float64(a.Latitude)) / 2
	halfLon := radians(float64(b.Longitude)-float64(a.Longitude)) / 2
	h := math.Pow(math.Sin(halfLat), 2) + math.Cos(radians(float64(a.Latitude)))*
		math.Cos(radians(float64(b.Latitude)))*math.Pow(math.Sin(halfLon), 2)
	return 2 * earthRadiusMetres * math.Atan2(math.Sqrt(h), math.Sqrt(1-h))
}
