// Command peer is grpc-go with its own TLS and its own policy engine, for scripts/bench.sh peers.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"

	"google.golang.org/grpc"
	"google.golang.org/grpc/authz"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/types/known/wrapperspb"

	pb "countersign.invalid/bench/routeguide"
)

// unary registers a method of one request and one response.
func unary[Q, S any](name string, service string, answer func(*Q) *S) grpc.MethodDesc {
	return grpc.MethodDesc{
		MethodName: name,
		Handler: func(_ any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
			request := new(Q)
			if err := decode(request); err != nil {
				return nil, err
			}
			handle := func(_ context.Context, request any) (any, error) { return answer(request.(*Q)), nil }
			if intercept == nil {
				return handle(ctx, request)
			}
			return intercept(ctx, request, &grpc.UnaryServerInfo{FullMethod: "/" + service + "/" + name}, handle)
		},
	}
}

func register(server *grpc.Server) {
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "routeguide.RouteGuide",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{unary("GetFeature", "routeguide.RouteGuide", func(point *pb.Point) *pb.Feature {
			return &pb.Feature{Name: "Fernsehturm, Berlin", Location: point}
		})},
	}, nil)
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "bench.Echo",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{unary("Unary", "bench.Echo", func(bytes *wrapperspb.BytesValue) *wrapperspb.BytesValue {
			return bytes
		})},
	}, nil)
}

func mutualTLS(directory string) (credentials.TransportCredentials, error) {
	leaf, err := tls.LoadX509KeyPair(filepath.Join(directory, "tls.crt"), filepath.Join(directory, "tls.key"))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(directory, "ca.crt"))
	if err != nil {
		return nil, err
	}
	anchors := x509.NewCertPool()
	if !anchors.AppendCertsFromPEM(text) {
		return nil, errors.New("ca.crt holds no certificate")
	}
	return credentials.NewTLS(&tls.Config{
		Certificates:           []tls.Certificate{leaf},
		ClientCAs:              anchors,
		ClientAuth:             tls.RequireAndVerifyClientCert,
		MinVersion:             tls.VersionTLS13,
		CurvePreferences:       []tls.CurveID{tls.CurveP256},
		SessionTicketsDisabled: true,
	}), nil
}

func serve(directory, policyFile string) error {
	creds, err := mutualTLS(directory)
	if err != nil {
		return err
	}
	policy, err := os.ReadFile(policyFile)
	if err != nil {
		return err
	}
	engine, err := authz.NewStatic(string(policy))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.Creds(creds), grpc.ChainUnaryInterceptor(engine.UnaryInterceptor))
	register(server)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return server.Serve(listener)
}

func main() {
	directory := flag.String("identity", "", "directory with tls.crt, tls.key and ca.crt")
	policy := flag.String("policy", "", "policy file")
	flag.Parse()
	log.Fatal(serve(*directory, *policy))
}
