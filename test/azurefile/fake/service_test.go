package fake

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestSigned holds the signed text against the examples of the service's documentation, written out.
func TestSigned(t *testing.T) {
	for version, want := range map[string]string{
		"2014-02-14": "PUT\n\n\n0\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2014-02-14\n/myaccount/myshare\nrestype:share\ntimeout:20",
		"2015-02-21": "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n/myaccount/myshare\nrestype:share\ntimeout:20",
	} {
		r := httptest.NewRequest(http.MethodPut, "/myshare?timeout=20&restype=share", nil)
		r.Header.Set("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT")
		r.Header.Set("x-ms-version", version)
		r.Header.Set("Content-Length", "0")
		if got, err := signed(r, "myaccount"); err != nil || got != want {
			t.Errorf("version %s: %v\n%q, want\n%q", version, err, got, want)
		}
	}
}

// TestOldVersion makes a share as clients of 2014 did, and is refused with another key and with a clock that is off.
func TestOldVersion(t *testing.T) {
	s := &Service{Account: "acct", Key: []byte("right")}
	ask := func(key string, at time.Time) int {
		r := httptest.NewRequest(http.MethodPut, "/myshare?restype=share", nil)
		r.Header.Set("x-ms-date", at.UTC().Format(http.TimeFormat))
		r.Header.Set("x-ms-version", "2014-02-14")
		r.Header.Set("Content-Length", "0")
		authorization, err := Sign(r, "acct", []byte(key))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	now := time.Now()
	for _, c := range []struct {
		key  string
		at   time.Time
		want int
	}{{"wrong", now, 403}, {"right", now.Add(-16 * time.Minute), 403}, {"right", now.Add(16 * time.Minute), 403}, {"right", now, 201}, {"right", now, 409}} {
		if got := ask(c.key, c.at); got != c.want {
			t.Errorf("key %s, time %s: status %d, want %d", c.key, c.at, got, c.want)
		}
	}
}
