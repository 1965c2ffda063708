// Server is many servers, each wrong in one way, and one that is right. The ready file says where each listens.
package main

import (
	"crypto/tls"
	"flag"
	"io"
	"log"
	"net"
	"path/filepath"

	"golang.org/x/net/http2"

	"countersign.invalid/secondopinion/identity"
	"countersign.invalid/secondopinion/report"
)

func main() {
	certs := flag.String("certs", "", "directory of the certificate authority and its identities")
	ready := flag.String("ready-file", "", "written when all listen")
	flag.Parse()
	issuer, err := readAuthority(*certs)
	check(err)
	anchors, err := identity.Anchors(filepath.Join(*certs, "operator"))
	check(err)
	var listening []report.Listener
	for _, f := range faults {
		pair, err := issuer.issue(f.certificate)
		check(err)
		config := &tls.Config{
			Certificates: []tls.Certificate{pair}, ClientCAs: anchors, ClientAuth: tls.RequireAndVerifyClientCert,
			NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12,
		}
		if f.config != nil {
			f.config(config)
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		check(err)
		listening = append(listening, report.Listener{Address: listener.Addr().String(), Fault: f.name})
		go f.serve(listener, config)
	}
	check(report.Ready(*ready, listening))
	select {}
}

func (f fault) serve(listener net.Listener, config *tls.Config) {
	for {
		connection, err := listener.Accept()
		check(err)
		go f.converse(tls.Server(connection, config))
	}
}

// converse ends when the client does, or when the two cannot understand each other any more.
func (f fault) converse(connection *tls.Conn) {
	defer connection.Close()
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(connection, preface); err != nil {
		return
	}
	framer := http2.NewFramer(connection, connection)
	framer.AllowIllegalWrites = true
	if f.greet != nil && !f.greet(connection, framer) || framer.WriteSettings() != nil {
		return
	}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		f.answer(framer, frame)
	}
}

func (f fault) answer(framer *http2.Framer, frame http2.Frame) {
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if !frame.IsAck() {
			_ = framer.WriteSettingsAck()
		}
	case *http2.PingFrame:
		if !frame.IsAck() {
			_ = framer.WritePing(true, frame.Data)
		}
	case *http2.HeadersFrame:
		if f.respond != nil {
			f.respond(framer, frame.StreamID)
		} else {
			rightAnswer(framer, frame.StreamID)
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
