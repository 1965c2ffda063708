// Package identity reads an identity directory (tls.crt, tls.key, ca.crt).
package identity

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
)

// Client is the configuration of a client that shows its certificate and expects "localhost".
func Client(directory string) (*tls.Config, error) {
	pair, err := Pair(directory)
	if err != nil {
		return nil, err
	}
	anchors, err := Anchors(directory)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair},
		RootCAs:      anchors,
		ServerName:   "localhost",
		NextProtos:   []string{"h2"},
		MinVersion:   tls.VersionTLS12,
	}, nil
}

// Pair reads certificate and key.
func Pair(directory string) (tls.Certificate, error) {
	return tls.LoadX509KeyPair(filepath.Join(directory, "tls.crt"), filepath.Join(directory, "tls.key"))
}

// Anchors reads whom the identity believes.
func Anchors(directory string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(filepath.Join(directory, "ca.crt"))
	if err != nil {
		return nil, err
	}
	anchors := x509.NewCertPool()
	if !anchors.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s/ca.crt holds no certificate", directory)
	}
	return anchors, nil
}
