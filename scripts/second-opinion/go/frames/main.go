// Frames breaks HTTP/2 as a client of Go: floods, and frames that have no place. Before and after each attack a good call
// is served, and each flood begins with an amount that is not too much, after which its own connection still serves.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net"

	"golang.org/x/net/http2"

	"countersign.invalid/secondopinion/identity"
	"countersign.invalid/secondopinion/report"
	"countersign.invalid/secondopinion/rpc"
)

// An attack gets a connection that has just served, and says what is wrong with the server's answer.
type attack struct {
	check string
	tell  string
	mount func(*client) error
}

const (
	tame  = 10
	flood = 300
	limit = 100
	// The first stream behind a flood.
	later = 4*flood + 1
)

var attacks = []attack{
	{"rapid-reset", "after 300 resets: ENHANCE_YOUR_CALM", rapidReset},
	{"made-you-reset", "after 300 resets by the server: ENHANCE_YOUR_CALM", madeYouReset},
	{"ping-flood", "after 300 pings: ENHANCE_YOUR_CALM", pingFlood},
	{"continuation-flood", "cut off within 300 KiB", continuationFlood},
	{"settings-flood", "3000 answered, then a call", settingsFlood},
	{"stream-limit", "stream 101 gets REFUSED_STREAM", streamLimit},
	{"even-stream", "PROTOCOL_ERROR", func(c *client) error {
		if err := c.headers(later+1, rpc.Path, true); err != nil {
			return err
		}
		return c.goodbye(http2.ErrCodeProtocol)
	}},
	{"data-on-idle-stream", "PROTOCOL_ERROR", func(c *client) error {
		if err := c.framer.WriteData(later, true, rpc.Message); err != nil {
			return err
		}
		return c.goodbye(http2.ErrCodeProtocol)
	}},
}

func main() {
	target := flag.String("target", "", "host:port of the server")
	directory := flag.String("identity", "", "who attacks: somebody who may call")
	flag.Parse()
	config, err := identity.Client(*directory)
	if err != nil {
		log.Fatal(err)
	}
	for _, attack := range attacks {
		report.Result(attack.check, attack.run(*target, config), attack.tell)
	}
}

func (a attack) run(target string, config *tls.Config) error {
	c, err := connect(target, config)
	if err != nil {
		return fmt.Errorf("before: %w", err)
	}
	defer c.close()
	if err := c.call(1); err != nil {
		return fmt.Errorf("before: %w", err)
	}
	if err := a.mount(c); err != nil {
		return err
	}
	if err := rpc.Served(target, config); err != nil {
		return fmt.Errorf("after: %w", err)
	}
	return nil
}

// flooded sends a little, which must not matter, and then too much.
func flooded(c *client, send func(stream uint32) error) error {
	times(tame, func(stream uint32) error { return send(stream + 2) })
	if err := c.call(2*tame + 5); err != nil {
		return fmt.Errorf("after %d: %w", tame, err)
	}
	times(flood, func(stream uint32) error { return send(stream + 4*tame) })
	return c.goodbye(http2.ErrCodeEnhanceYourCalm)
}

func rapidReset(c *client) error {
	return flooded(c, func(stream uint32) error {
		if err := c.headers(stream, rpc.Path, false); err != nil {
			return err
		}
		return c.framer.WriteRSTStream(stream, http2.ErrCodeCancel)
	})
}

// The increment of 0 is the client's mistake, for which the server resets the stream.
func madeYouReset(c *client) error {
	return flooded(c, func(stream uint32) error {
		if err := c.headers(stream, rpc.Path, false); err != nil {
			return err
		}
		return c.framer.WriteWindowUpdate(stream, 0)
	})
}

func pingFlood(c *client) error {
	if err := c.framer.WritePing(false, [8]byte{1}); err != nil {
		return err
	}
	if err := c.call(3); err != nil {
		return fmt.Errorf("after one: %w", err)
	}
	times(flood, func(uint32) error { return c.framer.WritePing(false, [8]byte{2}) })
	return c.goodbye(http2.ErrCodeEnhanceYourCalm)
}

func continuationFlood(c *client) error {
	if err := c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: c.request(rpc.Path)}); err != nil {
		return err
	}
	// A field that is not indexed, with a name and a value of a few bytes, over and over.
	field := []byte{0x00, 0x03, 'x', '-', 'a', 0x03, 'a', 'a', 'a'}
	kilobyte := make([]byte, 0, 1024)
	for len(kilobyte)+len(field) <= cap(kilobyte) {
		kilobyte = append(kilobyte, field...)
	}
	times(flood, func(uint32) error { return c.framer.WriteContinuation(3, false, kilobyte) })
	frame, err := c.until(func(frame http2.Frame) bool {
		_, ok := frame.(*http2.GoAwayFrame)
		return ok
	})
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		return errStillOpen
	}
	if err == nil && frame.(*http2.GoAwayFrame).ErrCode == http2.ErrCodeNo {
		return fmt.Errorf("GOAWAY %v", frame.(*http2.GoAwayFrame).ErrCode)
	}
	return nil
}

// No limit is known to be exceeded by these: they must be answered, each, and must not hurt.
func settingsFlood(c *client) error {
	const settings = 3000
	go times(settings, func(uint32) error {
		return c.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 65535})
	})
	for range settings {
		if _, err := c.until(func(frame http2.Frame) bool {
			settings, ok := frame.(*http2.SettingsFrame)
			return ok && settings.IsAck()
		}); err != nil {
			return err
		}
	}
	return c.call(3)
}

// A stream of points that does not end holds its place.
func streamLimit(c *client) error {
	for i := range limit {
		if err := c.headers(uint32(2*i+3), "/routeguide.RouteGuide/RecordRoute", false); err != nil {
			return err
		}
	}
	refused := uint32(2*limit + 3)
	if err := c.headers(refused, "/routeguide.RouteGuide/RecordRoute", false); err != nil {
		return err
	}
	if err := c.reset(refused, http2.ErrCodeRefusedStream); err != nil {
		return err
	}
	if err := c.framer.WriteRSTStream(3, http2.ErrCodeCancel); err != nil {
		return err
	}
	return c.call(refused + 2)
}
