package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A fault is a server that is wrong in one way.
type fault struct {
	name        string
	certificate func(*draft)
	config      func(*tls.Config)
	// Called when the connection stands, before anything is read; it ends the connection by returning false.
	greet func(*tls.Conn, *http2.Framer) bool
	// Called when a request begins.
	respond func(*http2.Framer, uint32)
}

var faults = []fault{
	{name: "none"},

	{name: "other-workload", certificate: func(d *draft) { d.ids = []string{"spiffe://example.org/ns/demo/sa/other"} }},
	{name: "other-trust-domain", certificate: func(d *draft) { d.ids = []string{"spiffe://other.example/ns/demo/sa/server"} }},
	{name: "two-ids", certificate: func(d *draft) { d.ids = append(d.ids, "spiffe://example.org/ns/demo/sa/other") }},
	{name: "expired", certificate: func(d *draft) { d.from, d.till = -2*hour, -hour }},
	{name: "not-yet-valid", certificate: func(d *draft) { d.from, d.till = hour, 2*hour }},
	{name: "for-clients-only", certificate: func(d *draft) { d.uses = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }},
	{name: "authority-itself", certificate: authorityItself},
	{name: "self-signed", certificate: selfSigned},
	{name: "twin-authority", certificate: twin},

	{name: "tls-1-2", config: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }},
	{name: "no-alpn", config: func(c *tls.Config) { c.NextProtos = nil }},
	{name: "http1", config: func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }},

	{name: "hangs-up", greet: func(*tls.Conn, *http2.Framer) bool { return false }},
	{name: "rubbish", greet: func(conn *tls.Conn, _ *http2.Framer) bool {
		_, err := conn.Write(bytes.Repeat([]byte("rubbish"), 100))
		return err == nil
	}},
	{name: "goodbye-at-once", greet: func(_ *tls.Conn, framer *http2.Framer) bool {
		_ = framer.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, []byte("go away"))
		return false
	}},
	{name: "data-on-idle-stream", respond: func(framer *http2.Framer, stream uint32) {
		_ = framer.WriteData(stream+98, true, []byte("nobody asked"))
	}},
	{name: "header-bomb", respond: func(framer *http2.Framer, stream uint32) {
		headers(framer, stream, false, ":status", "200", "content-type", "application/grpc")
		headers(framer, stream, true, "grpc-status", "0", "x-large", strings.Repeat("a", 15_000))
	}},
	{name: "message-of-2-gib", respond: func(framer *http2.Framer, stream uint32) {
		headers(framer, stream, false, ":status", "200", "content-type", "application/grpc")
		_ = framer.WriteData(stream, false, []byte{0, 0x7f, 0xff, 0xff, 0xff})
	}},
	{name: "no-status", respond: func(framer *http2.Framer, stream uint32) {
		headers(framer, stream, false, ":status", "200", "content-type", "application/grpc")
		_ = framer.WriteData(stream, true, make([]byte, 5))
	}},
	{name: "not-grpc", respond: func(framer *http2.Framer, stream uint32) {
		headers(framer, stream, false, ":status", "200", "content-type", "text/html")
		_ = framer.WriteData(stream, true, []byte("<html>"))
	}},
	// In the words of a server there may be what a terminal obeys.
	{name: "escape-sequences", respond: func(framer *http2.Framer, stream uint32) {
		headers(framer, stream, true, ":status", "200", "content-type", "application/grpc",
			"grpc-status", "9", "grpc-message", "%1B[2Jforged%0Aline")
	}},
	{name: "silent", respond: func(*http2.Framer, uint32) {}},
}

func rightAnswer(framer *http2.Framer, stream uint32) {
	headers(framer, stream, false, ":status", "200", "content-type", "application/grpc")
	_ = framer.WriteData(stream, false, make([]byte, 5))
	headers(framer, stream, true, "grpc-status", "0")
}

// headers writes pairs of names and values. Whether the client still listens shows when it is read from.
func headers(framer *http2.Framer, stream uint32, end bool, pairs ...string) {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	// The table of the connection is not used, so that each response stands for itself.
	encoder.SetMaxDynamicTableSize(0)
	for i := 0; i < len(pairs); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: end})
}
