// Sessions asks what a TLS session is worth that a client kept when the client is no longer trusted. The client makes a
// call, resumes its session for another, loses its standing, and comes back with the session.
package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"os/exec"
	"time"

	"countersign.invalid/secondopinion/identity"
	"countersign.invalid/secondopinion/report"
	"countersign.invalid/secondopinion/rpc"
)

func main() {
	target := flag.String("target", "", "host:port of the server")
	directory := flag.String("identity", "", "whose sessions they are")
	flag.Parse()
	config, err := identity.Client(*directory)
	if err != nil {
		log.Fatal(err)
	}
	config.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	check, lose := "resumption-after-expiry", expire
	if command := flag.Args(); len(command) > 0 {
		check = "resumption-after-revocation"
		lose = func(*tls.Config) error { return exec.Command(command[0], command[1:]...).Run() }
	}
	detail, wrong := refusedOnceLost(*target, config, lose)
	report.Result(check, wrong, detail)
}

func refusedOnceLost(target string, config *tls.Config, lose func(*tls.Config) error) (string, error) {
	for _, resumed := range []bool{false, true} {
		answer, err := rpc.Call(target, config)
		if err = errors.Join(err, answer.Refusal); err != nil {
			return "", fmt.Errorf("while it is trusted: %w", err)
		}
		if answer.Resumed != resumed {
			return "", fmt.Errorf("while it is trusted: resumed is %t (%t expected)", answer.Resumed, resumed)
		}
	}
	if err := lose(config); err != nil {
		return "", err
	}
	// The server takes up a change within a second; until then it may serve.
	for end := time.Now().Add(rpc.Patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		answer, err := rpc.Call(target, config)
		if err != nil {
			return "", err
		}
		if answer.Refusal != nil {
			return fmt.Sprintf("resumed %t, refused: %v", answer.Resumed, answer.Refusal), nil
		}
	}
	return "", errors.New("still served with its old session")
}

func expire(config *tls.Config) error {
	time.Sleep(time.Until(config.Certificates[0].Leaf.NotAfter))
	return nil
}
