package drivers

import (
	"os"
	"testing"

	"helenus/test/server"
)

func TestMain(m *testing.M) {
	code := m.Run()
	server.RemoveBinary()
	os.Exit(code)
}
