package worker

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"helenus/internal/cqltype"
)

// Argument is the one argument of a program that is to call Main.
const Argument = "run-scripts"

// messageMax bounds a message in bytes.
const messageMax = 256 << 20

// Function is a function to compile. Types are as cqltype.Type.ClassName has them.
type Function struct {
	Language, Name string
	ArgNames       []string
	ArgTypes       []string
	Return         string
	CalledOnNull   bool
	Body           string
}

// Request asks for one thing: to compile Function as number ID, or to call ID with Args. FailMillis and BytesMax bound it.
type Request struct {
	ID         int
	Function   *Function `json:",omitempty"`
	Args       [][]byte  `json:",omitempty"`
	FailMillis int64
	BytesMax   int64
}

// Response answers a Request: Value is serialized, nil is null.
type Response struct {
	Value []byte
	// Thrown is what a script threw or why it can't be run; Time and Memory say that a bound was reached. After Memory the process ends.
	Thrown       string `json:",omitempty"`
	Time, Memory bool   `json:",omitempty"`
}

// Write writes a message.
func Write(w io.Writer, message any) error {
	raw, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode a message to the process that runs scripts: %w", err)
	}
	if len(raw) > messageMax {
		return fmt.Errorf("a message of %d bytes is too large for the process that runs scripts", len(raw))
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(raw))), raw...))
	return err
}

// Read reads a message of at most most bytes.
func Read(r io.Reader, message any, most int) error {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint32(size[:]))
	if n > min(most, messageMax) {
		return fmt.Errorf("a message of %d bytes", n)
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(r, raw); err != nil {
		return err
	}
	return json.Unmarshal(raw, message)
}

// TypeNames are types in the form of Function.
func TypeNames(types []*cqltype.Type) []string {
	all := make([]string, len(types))
	for i, t := range types {
		all[i] = t.ClassName()
	}
	return all
}
