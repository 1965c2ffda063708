package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"countersign.invalid/secondopinion/rpc"
)

// A client sends what it is told to, whether the protocol allows it or not.
type client struct {
	connection *tls.Conn
	framer     *http2.Framer
	block      bytes.Buffer
	encoder    *hpack.Encoder
}

func connect(target string, config *tls.Config) (*client, error) {
	connection, err := tls.Dial("tcp", target, config)
	if err != nil {
		return nil, err
	}
	c := &client{connection: connection, framer: http2.NewFramer(connection, connection)}
	c.framer.AllowIllegalWrites = true
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.encoder = hpack.NewEncoder(&c.block)
	err = connection.SetDeadline(time.Now().Add(rpc.Patience))
	if err == nil {
		_, err = connection.Write([]byte(http2.ClientPreface))
	}
	if err == nil {
		err = c.framer.WriteSettings()
	}
	return c, err
}

func (c *client) close() { c.connection.Close() }

// headers opens a stream; it is half closed if end is set.
func (c *client) headers(stream uint32, path string, end bool) error {
	return c.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: stream, BlockFragment: c.request(path), EndHeaders: true, EndStream: end,
	})
}

func (c *client) request(path string) []byte {
	c.block.Reset()
	for _, field := range [][2]string{
		{":method", "POST"}, {":scheme", "https"}, {":authority", "localhost"}, {":path", path},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		// The buffer takes everything.
		_ = c.encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]})
	}
	return c.block.Bytes()
}

// call makes a good call on this connection.
func (c *client) call(stream uint32) error {
	if err := c.headers(stream, rpc.Path, false); err != nil {
		return err
	}
	if err := c.framer.WriteData(stream, true, rpc.Message); err != nil {
		return err
	}
	end, err := c.until(func(frame http2.Frame) bool {
		headers, ok := frame.(*http2.MetaHeadersFrame)
		return ok && headers.StreamID == stream && headers.StreamEnded()
	})
	if err != nil {
		return err
	}
	for _, field := range end.(*http2.MetaHeadersFrame).Fields {
		if field.Name == "grpc-status" && field.Value == "0" {
			return nil
		}
	}
	return fmt.Errorf("stream %d was not served", stream)
}

// until reads to the first frame that is wanted. A GOAWAY that is not, and the end, are errors.
func (c *client) until(wanted func(http2.Frame) bool) (http2.Frame, error) {
	for {
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return nil, err
		}
		if wanted(frame) {
			return frame, nil
		}
		if goodbye, ok := frame.(*http2.GoAwayFrame); ok {
			return nil, fmt.Errorf("GOAWAY %v %q", goodbye.ErrCode, goodbye.DebugData())
		}
		if settings, ok := frame.(*http2.SettingsFrame); ok && !settings.IsAck() {
			if err := c.framer.WriteSettingsAck(); err != nil {
				return nil, err
			}
		}
	}
}

// goodbye waits for a GOAWAY with this code.
func (c *client) goodbye(code http2.ErrCode) error {
	frame, err := c.until(func(frame http2.Frame) bool {
		_, ok := frame.(*http2.GoAwayFrame)
		return ok
	})
	if err != nil {
		return fmt.Errorf("no GOAWAY: %w", err)
	}
	if found := frame.(*http2.GoAwayFrame).ErrCode; found != code {
		return fmt.Errorf("GOAWAY %v (%v expected)", found, code)
	}
	return nil
}

// reset waits for the end of a stream with this code.
func (c *client) reset(stream uint32, code http2.ErrCode) error {
	frame, err := c.until(func(frame http2.Frame) bool {
		_, ok := frame.(*http2.RSTStreamFrame)
		return ok && frame.Header().StreamID == stream
	})
	if err != nil {
		return fmt.Errorf("no RST_STREAM of stream %d: %w", stream, err)
	}
	if found := frame.(*http2.RSTStreamFrame).ErrCode; found != code {
		return fmt.Errorf("RST_STREAM %v (%v expected)", found, code)
	}
	return nil
}

// times repeats until something cannot be sent, which the server's last words explain.
func times(count int, send func(stream uint32) error) {
	for i := range count {
		if err := send(uint32(2*i + 1)); err != nil {
			return
		}
	}
}

var errStillOpen = errors.New("the connection is still open")
