// Shim passes plaintext connections on over mutual TLS, for tools that have no client certificates.
package main

import (
	"crypto/tls"
	"flag"
	"io"
	"log"
	"net"

	"countersign.invalid/secondopinion/identity"
	"countersign.invalid/secondopinion/report"
)

func main() {
	target := flag.String("target", "", "host:port of the server")
	directory := flag.String("identity", "", "whose certificate is shown")
	ready := flag.String("ready-file", "", "written when listening")
	flag.Parse()
	config, err := identity.Client(*directory)
	check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	check(report.Ready(*ready, []report.Listener{{Address: listener.Addr().String()}}))
	for {
		plain, err := listener.Accept()
		check(err)
		go pass(plain, *target, config)
	}
}

// An end of one side ends the other, since both kinds of peers watch for that.
func pass(plain net.Conn, target string, config *tls.Config) {
	defer plain.Close()
	secure, err := tls.Dial("tcp", target, config)
	if err != nil {
		log.Printf("no connection to %s: %v", target, err)
		return
	}
	defer secure.Close()
	done := make(chan struct{}, 2)
	go relay(secure, plain, done)
	go relay(plain, secure, done)
	<-done
}

func relay(to io.Writer, from io.Reader, done chan<- struct{}) {
	// Either side may break off; what it said until then has been passed on.
	_, _ = io.Copy(to, from)
	done <- struct{}{}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
