package fake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// emptyLengthSince is the version from which on a length of zero is signed as an empty line.
const emptyLengthSince = "2015-02-21"

// signed returns the text that a client signs.
func signed(r *http.Request, account string) (string, error) {
	h := r.Header
	length := h.Get("Content-Length")
	if length == "0" && h.Get("x-ms-version") >= emptyLengthSince {
		length = ""
	}
	date := h.Get("Date")
	if h.Get("x-ms-date") != "" {
		date = ""
	}
	lines := []string{r.Method, h.Get("Content-Encoding"), h.Get("Content-Language"), length, h.Get("Content-MD5"), h.Get("Content-Type"), date,
		h.Get("If-Modified-Since"), h.Get("If-Match"), h.Get("If-None-Match"), h.Get("If-Unmodified-Since"), h.Get("Range")}
	var names []string
	for name := range h {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-ms-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		lines = append(lines, name+":"+strings.TrimSpace(h.Get(name)))
	}
	path, query, _ := strings.Cut(r.RequestURI, "?")
	lines = append(lines, "/"+account+path)
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", err
	}
	lower := map[string][]string{}
	for name, all := range values {
		name = strings.ToLower(name)
		lower[name] = append(lower[name], all...)
	}
	names = names[:0]
	for name := range lower {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		slices.Sort(lower[name])
		lines = append(lines, name+":"+strings.Join(lower[name], ","))
	}
	return strings.Join(lines, "\n"), nil
}

// Sign returns the value of the header Authorization; key is that of the account, decoded.
func Sign(r *http.Request, account string, key []byte) (string, error) {
	text, err := signed(r, account)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return "SharedKey " + account + ":" + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
