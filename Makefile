.PHONY: help build test lint fuzz golden bench chaos docs cross

help: ## show the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

build: ## build ./helenus
	CGO_ENABLED=0 go build ./cmd/helenus

test: ## everything that CI runs
	bash .ci/run

lint: ## vet and staticcheck
	go vet ./... && go tool staticcheck ./...

fuzz: ## each fuzz target for FUZZTIME (default 1m)
	go run ./test/fuzz -time $(or $(FUZZTIME),1m)

golden: ## recorded answers against a node of its own
	go test -count=1 ./test/golden

bench: ## beside the real Cassandra and raw Pebble; takes about ten minutes
	go run ./test/bench

chaos: ## 200 rounds of kill -9 under writes
	go test -count=1 -timeout=60m ./test/chaos -rounds=200

cross: ## Windows and macOS builds
	for os in windows darwin; do for arch in amd64 arm64; do GOOS=$$os GOARCH=$$arch go vet ./... && GOOS=$$os GOARCH=$$arch go build -o /dev/null ./cmd/helenus; done; done
