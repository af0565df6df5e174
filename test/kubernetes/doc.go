// Package kubernetes holds deploy/kubernetes against the types of Kubernetes's own API: every field has to exist, and what keeps nodes from finding each other, or
// from keeping their data, must not come back. It is a module of its own, since nothing else wants those types.
package kubernetes
