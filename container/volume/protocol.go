package volume

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/docker/go-plugins-helpers/sdk"
	protocol "github.com/docker/go-plugins-helpers/volume"
)

// manifest says what kind of plugin this is.
const manifest = `{"Implements": ["VolumeDriver"]}` + "\n"

// requestBytesMax bounds the body of a call.
const requestBytesMax = 1 << 20

// handler answers the plugin protocol: JSON bodies by POST at a path for each call. A failed call has status 500 and {"Err":text}.
func (d *Driver) handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("/Plugin.Activate", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", sdk.DefaultContentTypeV1_1)
		_, _ = io.WriteString(w, manifest) // the engine asks again
	})
	serve(m, "Create", func(r *protocol.CreateRequest) (struct{}, error) { return struct{}{}, d.Create(r) })
	serve(m, "Remove", func(r *protocol.RemoveRequest) (struct{}, error) { return struct{}{}, d.Remove(r) })
	serve(m, "Mount", d.Mount)
	serve(m, "Unmount", func(r *protocol.UnmountRequest) (struct{}, error) { return struct{}{}, d.Unmount(r) })
	serve(m, "Path", d.Path)
	serve(m, "Get", d.Get)
	serve(m, "List", func(*struct{}) (*protocol.ListResponse, error) { return d.List() })
	serve(m, "Capabilities", func(*struct{}) (*protocol.CapabilitiesResponse, error) { return d.Capabilities(), nil })
	return m
}

// serve has a call answered at its path. Those without anything in their request are asked with an empty body, too.
func serve[Request, Response any](m *http.ServeMux, name string, call func(*Request) (Response, error)) {
	_, asksNothing := any(new(Request)).(*struct{})
	m.HandleFunc("/VolumeDriver."+name, func(w http.ResponseWriter, r *http.Request) {
		request := new(Request)
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, requestBytesMax)).Decode(request)
		if err != nil && !asksNothing {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		response, err := call(request)
		if err != nil {
			sdk.EncodeResponse(w, protocol.NewErrorResponse(err.Error()), true)
			return
		}
		sdk.EncodeResponse(w, response, false)
	})
}
