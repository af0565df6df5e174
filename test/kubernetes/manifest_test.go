package kubernetes

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// TestManifests decodes every document strictly.
func TestManifests(t *testing.T) {
	files, err := filepath.Glob("../../deploy/kubernetes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var service core.Service
	var budget policy.PodDisruptionBudget
	var set apps.StatefulSet
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range bytes.Split(raw, []byte("\n---\n")) {
			var kind struct {
				APIVersion string `json:"apiVersion"`
				Kind       string `json:"kind"`
			}
			if err := yaml.Unmarshal(document, &kind); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			into, ok := map[string]any{"v1 Service": &service, "policy/v1 PodDisruptionBudget": &budget, "apps/v1 StatefulSet": &set}[kind.APIVersion+" "+kind.Kind]
			if !ok {
				t.Fatalf("%s: %s %s is checked by nothing", file, kind.APIVersion, kind.Kind)
			}
			if err := yaml.UnmarshalStrict(document, into); err != nil {
				t.Fatalf("%s: %s: %v", file, kind.Kind, err)
			}
		}
	}
	pod := set.Spec.Template.Spec
	node := pod.Containers[0]
	for what, holds := range map[string]bool{
		"names stand for pods that are not ready":   service.Spec.PublishNotReadyAddresses && service.Spec.ClusterIP == core.ClusterIPNone,
		"the set is the service's":                  set.Spec.ServiceName == service.Name,
		"pods are started at once":                  set.Spec.PodManagementPolicy == apps.ParallelPodManagement,
		"the service, the budget and the set agree": service.Spec.Selector["app"] == set.Spec.Template.Labels["app"] && budget.Spec.Selector.MatchLabels["app"] == set.Spec.Selector.MatchLabels["app"] && set.Spec.Selector.MatchLabels["app"] == set.Spec.Template.Labels["app"],
		"one pod at a time is disrupted":            budget.Spec.MaxUnavailable.IntValue() == 1,
		"a node may take a minute to end":           *pod.TerminationGracePeriodSeconds == 60,
		"no root":                                   *pod.SecurityContext.RunAsNonRoot && *pod.SecurityContext.FSGroup == 999 && *node.SecurityContext.ReadOnlyRootFilesystem,
		"liveness asks for nothing but life":        node.LivenessProbe.HTTPGet.Path == "/livez",
		"readiness asks for CQL":                    node.ReadinessProbe.HTTPGet.Path == "/readyz",
		"the seed is the service":                   slices.ContainsFunc(node.Env, func(e core.EnvVar) bool { return e.Name == "CASSANDRA_SEEDS" && e.Value == service.Name }),
		"as many form the cluster as there are":     slices.ContainsFunc(node.Env, func(e core.EnvVar) bool { return e.Name == "HELENUS_INITIAL_NODES" && e.Value == "3" }) && *set.Spec.Replicas == 3,
		"the pod's address is told": slices.ContainsFunc(node.Env, func(e core.EnvVar) bool {
			return e.Name == "POD_IP" && e.ValueFrom.FieldRef.FieldPath == "status.podIP"
		}),
		"data are in a volume of the pod's own": slices.ContainsFunc(node.VolumeMounts, func(m core.VolumeMount) bool {
			return m.Name == set.Spec.VolumeClaimTemplates[0].Name && m.MountPath == "/var/lib/cassandra"
		}),
	} {
		if !holds {
			t.Errorf("it is not so that %s", what)
		}
	}
}
