package fake

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Service is an account's file service. Fields that are exported are set before it serves.
type Service struct {
	Account string
	Key     []byte
	// Host is the name it is called by; requests for another are not its own. Empty: any.
	Host string
	// Now is its clock; default the machine's.
	Now func() time.Time
	// Lingering is how long the name of a deleted share stays taken.
	Lingering time.Duration
	// Made and Deleted are told of shares and directories, path "" for the share itself; for servers of their files.
	Made    func(share, path string) error
	Deleted func(share string) error

	mu       sync.Mutex
	shares   map[string]*state
	gone     map[string]time.Time // until when names are taken
	failures []Failure
	requests []Request
	number   int
}

// state is a share.
type state struct {
	quota       string
	etag        string
	modified    time.Time
	directories []string
	snapshots   bool
}

// Failure is what a request is answered with in place of what it asks for.
type Failure struct {
	Status     int
	Code       string
	RetryAfter string
	// Hang lets the request wait until whoever sent it gives up.
	Hang bool
}

// Request is one that was answered.
type Request struct {
	Method, URI string
	Status      int
	Code        string
	Header      http.Header
}

// Fail has the next requests answered with failures, one each.
func (s *Service) Fail(failures ...Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, failures...)
}

// Requests returns what was asked and answered so far, and forgets it.
func (s *Service) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.requests
	s.requests = nil
	return all
}

// Shares returns the names of all shares, with the directories that were made in each.
func (s *Service) Shares() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string][]string{}
	for name, share := range s.shares {
		all[name] = slices.Clone(share.directories)
	}
	return all
}

// Quota returns that of a share, in GiB.
func (s *Service) Quota(share string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shares[share] == nil {
		return ""
	}
	return s.shares[share].quota
}

// Snapshot gives a share a snapshot, which keeps it from being deleted alone.
func (s *Service) Snapshot(share string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shares[share].snapshots = true
}

// refusal is an answer other than what was asked for.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) Error() string { return r.code }

func refuse(status int, code string) error {
	return &refusal{status, code, messages[code]}
}

var messages = map[string]string{
	"AuthenticationFailed": "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
	"ShareAlreadyExists":   "The specified share already exists.",
	"ShareBeingDeleted":    "The specified share is being deleted. Try operation later.",
	"ShareNotFound":        "The specified share does not exist.",
	"InvalidResourceName":  "The specifed resource name contains invalid characters.",
	"OutOfRangeInput":      "One of the request inputs is out of range.",
}

// ServeHTTP answers one request.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.number++
	id := fmt.Sprintf("%08x-601a-0000-0000-%012x", s.number, s.number)
	var failure *Failure
	if len(s.failures) > 0 {
		failure, s.failures = &s.failures[0], s.failures[1:]
	}
	s.mu.Unlock()
	if failure != nil && failure.Hang {
		<-r.Context().Done()
		return
	}
	header := w.Header()
	header.Set("x-ms-request-id", id)
	header.Set("x-ms-version", r.Header.Get("x-ms-version"))
	header.Set("Date", s.now().UTC().Format(http.TimeFormat))
	status, body, err := http.StatusOK, "", error(nil)
	switch {
	case failure != nil:
		if failure.RetryAfter != "" {
			header.Set("Retry-After", failure.RetryAfter)
		}
		err = refuse(failure.Status, failure.Code)
	default:
		if err = s.authenticate(r); err == nil {
			status, body, err = s.answer(r, header)
		}
	}
	code := ""
	if no, ok := err.(*refusal); ok {
		status, code = no.status, no.code
		header.Set("x-ms-error-code", code)
		header.Set("Content-Type", "application/xml")
		message := strings.TrimSpace(no.message + "\nRequestId:" + id + "\nTime:" + s.now().UTC().Format(time.RFC3339Nano))
		body = xml.Header + "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>"
	} else if err != nil {
		status, body = http.StatusInternalServerError, err.Error()
	}
	s.mu.Lock()
	s.requests = append(s.requests, Request{r.Method, r.RequestURI, status, code, r.Header.Clone()})
	s.mu.Unlock()
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(body)) // whoever asked may be gone
	}
}

func (s *Service) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// clockMax is how far a request's time may be from the service's.
const clockMax = 15 * time.Minute

// authenticate compares signature, time and name.
func (s *Service) authenticate(r *http.Request) error {
	no := refuse(http.StatusForbidden, "AuthenticationFailed")
	date := first(r.Header.Get("x-ms-date"), r.Header.Get("Date"))
	sent, err := http.ParseTime(date)
	if err != nil || s.now().Sub(sent).Abs() > clockMax {
		return no
	}
	if r.Header.Get("x-ms-version") == "" {
		return refuse(http.StatusBadRequest, "MissingRequiredHeader")
	}
	if s.Host != "" && r.Host != s.Host {
		return refuse(http.StatusBadRequest, "InvalidUri")
	}
	want, err := Sign(r, s.Account, s.Key)
	if err != nil || !hmac.Equal([]byte(want), []byte(r.Header.Get("Authorization"))) {
		return no
	}
	return nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// answer carries a request out.
func (s *Service) answer(r *http.Request, header http.Header) (status int, body string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shares == nil {
		s.shares, s.gone = map[string]*state{}, map[string]time.Time{}
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := range parts {
		if parts[i], err = url.PathUnescape(parts[i]); err != nil {
			return 0, "", refuse(http.StatusBadRequest, "InvalidUri")
		}
	}
	q := r.URL.Query()
	switch name := parts[0]; {
	case name == "" && q.Get("comp") == "list" && r.Method == http.MethodGet:
		return http.StatusOK, s.list(), nil
	case len(parts) == 1 && q.Get("restype") == "share":
		return s.share(r, name, header)
	case q.Get("restype") == "directory" && r.Method == http.MethodPut:
		return s.directory(name, strings.Join(parts[1:], "/"))
	}
	return 0, "", refuse(http.StatusBadRequest, "InvalidQueryParameterValue")
}

func (s *Service) list() string {
	names := make([]string, 0, len(s.shares))
	for name := range s.shares {
		names = append(names, "<Share><Name>"+name+"</Name></Share>")
	}
	slices.Sort(names)
	return xml.Header + "<EnumerationResults><Shares>" + strings.Join(names, "") + "</Shares><NextMarker/></EnumerationResults>"
}

// validName is the service's rule for names of shares.
func validName(name string) bool {
	return len(name) >= 3 && len(name) <= 63 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && name[0] != '-' && name[len(name)-1] != '-' && !strings.Contains(name, "--")
}

func (s *Service) share(r *http.Request, name string, header http.Header) (int, string, error) {
	if !validName(name) {
		return 0, "", refuse(http.StatusBadRequest, "InvalidResourceName")
	}
	share := s.shares[name]
	if share == nil && s.now().Before(s.gone[name]) {
		return 0, "", refuse(http.StatusConflict, "ShareBeingDeleted")
	}
	switch r.Method {
	case http.MethodPut:
		if r.Header.Get("Content-Length") != "0" {
			return 0, "", refuse(http.StatusLengthRequired, "MissingContentLengthHeader")
		}
		if share != nil {
			return 0, "", refuse(http.StatusConflict, "ShareAlreadyExists")
		}
		quota := r.Header.Get("x-ms-share-quota")
		if n, err := strconv.Atoi(first(quota, "1")); err != nil || n < 1 || n > 102400 {
			return 0, "", refuse(http.StatusBadRequest, "OutOfRangeInput")
		}
		if s.Made != nil {
			if err := s.Made(name, ""); err != nil {
				return 0, "", err
			}
		}
		share = &state{quota: first(quota, "5120"), etag: fmt.Sprintf(`"0x8D%012X"`, s.number), modified: s.now()}
		s.shares[name] = share
		describe(share, header)
		return http.StatusCreated, "", nil
	case http.MethodGet, http.MethodHead:
		if share == nil {
			return 0, "", refuse(http.StatusNotFound, "ShareNotFound")
		}
		describe(share, header)
		header.Set("x-ms-share-quota", share.quota)
		return http.StatusOK, "", nil
	case http.MethodDelete:
		switch {
		case share == nil:
			return 0, "", refuse(http.StatusNotFound, "ShareNotFound")
		case share.snapshots && r.Header.Get("x-ms-delete-snapshots") != "include":
			return 0, "", refuse(http.StatusConflict, "ShareHasSnapshots")
		}
		if s.Deleted != nil {
			if err := s.Deleted(name); err != nil {
				return 0, "", err
			}
		}
		delete(s.shares, name)
		s.gone[name] = s.now().Add(s.Lingering)
		return http.StatusAccepted, "", nil
	}
	return 0, "", refuse(http.StatusMethodNotAllowed, "UnsupportedHttpVerb")
}

func describe(share *state, header http.Header) {
	header.Set("ETag", share.etag)
	header.Set("Last-Modified", share.modified.UTC().Format(http.TimeFormat))
}

func (s *Service) directory(name, path string) (int, string, error) {
	share := s.shares[name]
	switch parent := path[:max(0, strings.LastIndexByte(path, '/'))]; {
	case share == nil:
		return 0, "", refuse(http.StatusNotFound, "ShareNotFound")
	case slices.Contains(share.directories, path):
		return 0, "", refuse(http.StatusConflict, "ResourceAlreadyExists")
	case parent != "" && !slices.Contains(share.directories, parent):
		return 0, "", refuse(http.StatusNotFound, "ParentNotFound")
	}
	if s.Made != nil {
		if err := s.Made(name, path); err != nil {
			return 0, "", err
		}
	}
	share.directories = append(share.directories, path)
	return http.StatusCreated, "", nil
}

// KeyText is the account's key as people are given it.
func (s *Service) KeyText() string { return base64.StdEncoding.EncodeToString(s.Key) }
