package worker

import (
	"errors"
	"io"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"helenus/internal/cqltype"
)

// program is a compiled function. call runs it; it may be called again.
type program interface {
	call(limits *limits, args [][]byte) ([]byte, error)
}

// signature is a function's types.
type signature struct {
	name         string
	argNames     []string
	args         []*cqltype.Type
	ret          *cqltype.Type
	calledOnNull bool
}

// limits are those of one request.
type limits struct {
	time     time.Duration
	bytesMax int64
}

var errTime = errors.New("out of time")

// watchEvery is how often the process looks at its memory while it runs something.
const watchEvery = 2 * time.Millisecond

// Main serves requests until in ends; it is all that the process does. exit ends the process at once.
func Main(in io.Reader, out io.Writer, exit func(status int)) {
	debug.SetMaxStack(64 << 20)
	debug.SetGCPercent(50)
	w := &server{out: out, exit: exit, programs: map[int]program{}}
	for {
		var q Request
		if err := Read(in, &q, messageMax); err != nil {
			return // the node is gone, or ends this process
		}
		if q.BytesMax > 0 && !w.limited {
			w.limited = true
			limitProcess(q.BytesMax)
		}
		stop := w.watch(q.BytesMax)
		a := w.serve(&q)
		stop()
		if err := w.answer(a); err != nil {
			return
		}
	}
}

type server struct {
	exit     func(int)
	programs map[int]program
	limited  bool

	mu  sync.Mutex // held while an answer is written
	out io.Writer
}

func (w *server) answer(a *Response) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return Write(w.out, a)
}

func (w *server) serve(q *Request) (a *Response) {
	defer func() {
		if r := recover(); r != nil { // a defect of an engine is the script's failure
			a = &Response{Thrown: "the script's engine failed"}
		}
	}()
	l := &limits{time: time.Duration(q.FailMillis) * time.Millisecond, bytesMax: q.BytesMax}
	if q.Function != nil {
		p, err := compile(q.Function, l)
		if err != nil {
			return failure(err)
		}
		w.programs[q.ID] = p
		return &Response{}
	}
	p := w.programs[q.ID]
	if p == nil {
		return &Response{Thrown: "the function was not compiled"}
	}
	value, err := p.call(l, q.Args)
	if err != nil {
		return failure(err)
	}
	return &Response{Value: value}
}

func failure(err error) *Response {
	if errors.Is(err, errTime) {
		return &Response{Time: true}
	}
	return &Response{Thrown: err.Error()}
}

func compile(f *Function, l *limits) (program, error) {
	s := signature{name: f.Name, argNames: f.ArgNames, calledOnNull: f.CalledOnNull}
	for _, text := range f.ArgTypes {
		t, err := cqltype.ParseClass(text)
		if err != nil {
			return nil, err
		}
		s.args = append(s.args, t)
	}
	var err error
	if s.ret, err = cqltype.ParseClass(f.Return); err != nil {
		return nil, err
	}
	if f.Language == "wasm" {
		return compileModule(s, f.Body, l)
	}
	return compileScript(s, f.Body)
}

// watch looks at the memory while something runs; when there is too much the process says so and ends, since nothing else would stop the
// script. The returned function ends the watch.
func (w *server) watch(bytesMax int64) (stop func()) {
	done := make(chan struct{})
	ended := make(chan struct{})
	begin := heapBytes()
	go func() {
		defer close(ended)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if heapBytes()-begin <= bytesMax {
					continue
				}
				debug.FreeOSMemory() // what is garbage does not count
				if heapBytes()-begin > bytesMax {
					_ = w.answer(&Response{Memory: true}) // the process ends, either way
					w.exit(3)
				}
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// heapBytes is what objects take now, garbage included.
func heapBytes() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
