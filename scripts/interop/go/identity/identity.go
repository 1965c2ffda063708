// Package identity reads an identity directory (tls.crt, tls.key, ca.crt) as gRPC credentials.
package identity

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"google.golang.org/grpc/credentials"
)

// Client gives the credentials of a client; without tls.crt it shows no certificate.
func Client(directory string) (credentials.TransportCredentials, error) {
	config, err := anchored(directory)
	if err != nil {
		return nil, err
	}
	pair, err := keyPair(directory)
	if errors.Is(err, fs.ErrNotExist) {
		return credentials.NewTLS(config), nil
	}
	if err != nil {
		return nil, err
	}
	config.Certificates = []tls.Certificate{pair}
	return credentials.NewTLS(config), nil
}

// Server gives the credentials of a server that demands a client certificate.
func Server(directory string) (credentials.TransportCredentials, error) {
	config, err := anchored(directory)
	if err != nil {
		return nil, err
	}
	pair, err := keyPair(directory)
	if err != nil {
		return nil, err
	}
	config.Certificates = []tls.Certificate{pair}
	config.ClientCAs = config.RootCAs
	config.ClientAuth = tls.RequireAndVerifyClientCert
	return credentials.NewTLS(config), nil
}

func anchored(directory string) (*tls.Config, error) {
	pem, err := os.ReadFile(filepath.Join(directory, "ca.crt"))
	if err != nil {
		return nil, err
	}
	anchors := x509.NewCertPool()
	if !anchors.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s/ca.crt holds no certificate", directory)
	}
	return &tls.Config{RootCAs: anchors, MinVersion: tls.VersionTLS13}, nil
}

func keyPair(directory string) (tls.Certificate, error) {
	return tls.LoadX509KeyPair(filepath.Join(directory, "tls.crt"), filepath.Join(directory, "tls.key"))
}
