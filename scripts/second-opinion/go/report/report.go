// Package report prints what every program here prints: one JSON line for each check; and the ready file of one that listens.
package report

import (
	"encoding/json"
	"fmt"
	"os"
)

type line struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Result prints what became of a check; it passed if nothing is wrong.
func Result(check string, wrong error, detail string) {
	if wrong != nil {
		detail = wrong.Error()
	}
	text, err := json.Marshal(line{check, wrong == nil, detail})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

// Listener is one place where a program listens, and what is wrong with it there, if that is its purpose.
type Listener struct {
	Address string `json:"address"`
	Fault   string `json:"fault,omitempty"`
}

// Ready writes the ready file at once, so that nobody reads half of it.
func Ready(path string, listeners []Listener) error {
	text, err := json.Marshal(map[string][]Listener{"listeners": listeners})
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
