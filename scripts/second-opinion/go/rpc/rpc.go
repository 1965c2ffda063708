// Package rpc makes one call that is well formed in every way, to see whether a server serves its caller.
package rpc

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/net/http2"
)

// Path is the method that the operator may call.
const Path = "/routeguide.RouteGuide/GetFeature"

// Message is an empty point in its gRPC frame.
var Message = make([]byte, 5)

// Patience is how long anything may take. A timeout is never a refusal.
const Patience = 30 * time.Second

// ErrTimeout says that nothing was learnt.
var ErrTimeout = errors.New("no answer in time")

// Answer is what became of a call that did not time out.
type Answer struct {
	Resumed bool
	// Refusal is nil if the server served.
	Refusal error
}

// Call connects and makes the call. The error is a failure to learn anything.
func Call(target string, config *tls.Config) (Answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	dialer := tls.Dialer{Config: config}
	connection, err := dialer.DialContext(ctx, "tcp", target)
	if err != nil {
		return judged(ctx, Answer{}, err)
	}
	defer connection.Close()
	resumed := connection.(*tls.Conn).ConnectionState().DidResume
	client, err := new(http2.Transport).NewClientConn(connection)
	if err != nil {
		return judged(ctx, Answer{Resumed: resumed}, err)
	}
	return judged(ctx, Answer{Resumed: resumed}, getFeature(ctx, client))
}

// Served is nil if the target serves the configuration's identity.
func Served(target string, config *tls.Config) error {
	answer, err := Call(target, config)
	if err == nil {
		err = answer.Refusal
	}
	if err != nil {
		return fmt.Errorf("a good call is not served: %w", err)
	}
	return nil
}

func judged(ctx context.Context, answer Answer, refusal error) (Answer, error) {
	if ctx.Err() != nil {
		return answer, ErrTimeout
	}
	answer.Refusal = refusal
	return answer, nil
}

func getFeature(ctx context.Context, client *http2.ClientConn) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://localhost"+Path, bytes.NewReader(Message))
	if err != nil {
		return err
	}
	request.Header.Set("content-type", "application/grpc")
	request.Header.Set("te", "trailers")
	response, err := client.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	status := response.Trailer.Get("grpc-status") + response.Header.Get("grpc-status")
	if status != "0" {
		return fmt.Errorf("HTTP status %d, gRPC status %q", response.StatusCode, status)
	}
	return nil
}
