package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/url"
	"path/filepath"
	"time"
)

const (
	rightID = "spiffe://example.org/ns/demo/sa/server"
	hour    = time.Hour
)

// A draft is the certificate that the client expects, before a fault changes one thing in it.
type draft struct {
	ids        []string
	uses       []x509.ExtKeyUsage
	from, till time.Duration
	// The whole chain, if it is not a certificate of the authority.
	instead func(authority) (tls.Certificate, error)
}

// What issues: the intermediate of the laboratory, with its key.
type authority struct {
	tls.Certificate
	parent *x509.Certificate
}

func readAuthority(directory string) (authority, error) {
	name := filepath.Join(directory, "ca", "intermediate-1")
	pair, err := tls.LoadX509KeyPair(name+".crt", name+".key")
	if err != nil {
		return authority{}, err
	}
	return authority{pair, pair.Leaf}, nil
}

func (a authority) issue(change func(*draft)) (tls.Certificate, error) {
	d := draft{ids: []string{rightID}, uses: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, from: -hour, till: hour}
	if change != nil {
		change(&d)
	}
	if d.instead != nil {
		return d.instead(a)
	}
	return a.sign(d, a.parent, a.PrivateKey)
}

// sign makes a leaf; without a parent it signs itself.
func (a authority) sign(d draft, parent *x509.Certificate, signer crypto.PrivateKey) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Organization: []string{"example.org"}},
		NotBefore: now.Add(d.from), NotAfter: now.Add(d.till),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: d.uses,
		BasicConstraintsValid: true, DNSNames: []string{"localhost"},
	}
	for _, id := range d.ids {
		uri, err := url.Parse(id)
		if err != nil {
			return tls.Certificate{}, err
		}
		template.URIs = append(template.URIs, uri)
	}
	chain := a.Certificate.Certificate
	if parent == nil {
		parent, signer, chain = template, key, nil
	}
	leaf, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: append([][]byte{leaf}, chain...), PrivateKey: key}, nil
}

func selfSigned(d *draft) {
	d.instead = func(a authority) (tls.Certificate, error) {
		plain := *d
		plain.instead = nil
		return a.sign(plain, nil, nil)
	}
}

// The twin has the name of the authority and another key.
func twin(d *draft) {
	d.instead = func(a authority) (tls.Certificate, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return tls.Certificate{}, err
		}
		named := *a.parent
		named.PublicKey = key.Public()
		plain := *d
		plain.instead = nil
		return a.sign(plain, &named, key)
	}
}

func authorityItself(d *draft) {
	d.instead = func(a authority) (tls.Certificate, error) { return a.Certificate, nil }
}
