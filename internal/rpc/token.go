package rpc

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// A cluster may have a join token: a secret that each side of a new connection proves to have, without showing it. The dialing node sends a random
// challenge with its hello; the other one answers with its proof for it and a challenge of its own; the dialing node's proof for that is the third message.
// A proof covers both challenges and what its maker said of itself, so it can't be used again, nor for anybody else. What follows is not protected by it: that is what
// TLS is for.

// challengeBytes is the length of a challenge before it is written in hexadecimal digits.
const challengeBytes = 16

func newChallenge() string {
	var raw [challengeBytes]byte
	_, _ = rand.Read(raw[:]) // it never fails
	return hex.EncodeToString(raw[:])
}

// proof is what a node that has the token answers to another's challenge; role keeps one side's from being sent back by the other.
func proof(token, role, challenge string, self *Hello) string {
	mac := hmac.New(sha256.New, []byte(token))
	fmt.Fprintf(mac, "%s\n%s\n%s\n%s\n%s\n%d\n%s\n%d", role, challenge, self.Challenge, self.Host, self.Address, self.Generation, self.Cluster, self.Class)
	return hex.EncodeToString(mac.Sum(nil))
}

// Roles of the two sides.
const (
	asks    = "asks"
	answers = "answers"
)

// proves says whether a proof is right.
func proves(token, role, challenge string, of *Hello, shown string) bool {
	return hmac.Equal([]byte(proof(token, role, challenge, of)), []byte(shown))
}

// noToken says why a node is not spoken to that has not the token.
func noToken(h *Hello) string {
	return fmt.Sprintf("node %s does not have the join token that this one has: give all nodes of the cluster the same HELENUS_JOIN_TOKEN, or HELENUS_JOIN_TOKEN_FILE", h.Address)
}

// unwanted says why a node that asks for a token is not spoken to by one that has none.
func unwanted(h *Hello) string {
	return fmt.Sprintf("node %s asks for a join token, and this one has none: give all nodes of the cluster the same HELENUS_JOIN_TOKEN, or HELENUS_JOIN_TOKEN_FILE", h.Address)
}

func writeProof(w io.Writer, text string) error {
	_, err := w.Write(appendFrame(nil, frame{kind: kindOneWay, body: []byte(text)}))
	return err
}

func readProof(r io.Reader) (string, error) {
	f, err := readFrame(io.LimitReader(r, helloMax))
	return string(f.body), err
}

// trust returns why an answer to this node's hello is not believed, nil when it is or when there is no token.
func (t *Transport) trust(self, h *Hello) error {
	token := t.options.Token
	switch {
	case token == "" && h.Challenge != "":
		return refusal(unwanted(h))
	case token != "" && h.Refused != "" && h.Proof == "":
		return refusal(h.Refused) // by one that may be anybody
	case token != "" && !proves(token, answers, self.Challenge, h, h.Proof):
		return refusal(noToken(h))
	}
	return nil
}
