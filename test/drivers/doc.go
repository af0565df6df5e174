// Package drivers runs the stock drivers of five languages against a node: each connects with its defaults and walks the
// same list of checks (connect.go says which), printing one line a check.
//
//	ok NAME …            the check held
//	not ok NAME: why     it did not
//
// The Go driver's walk is gocql_test.go; the others are programs in testdata/, run by programs_test.go. Beside the walks there are
// programs that use what a driver has more than queries: mappers, streams, traces, every type; and applications: Spring Data, Zipkin's storage, and by a flag
// JanusGraph.
package drivers
