package system

import (
	"maps"
	"slices"
)

// settings is system_views.settings: the configuration in effect.
func (t *Tables) settings(add func(fields)) {
	all := map[string]string{"cluster_name": t.options.ClusterName}
	if t.options.Settings != nil {
		maps.Copy(all, t.options.Settings())
	}
	addPairs(all, add)
}

// properties is system_views.system_properties, where Helenus's own version is found.
func (t *Tables) properties(add func(fields)) {
	all := map[string]string{"helenus.version": t.options.HelenusVersion}
	if t.options.Properties != nil {
		maps.Copy(all, t.options.Properties())
	}
	addPairs(all, add)
}

func addPairs(all map[string]string, add func(fields)) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		add(fields{"name": text(name), "value": text(all[name])})
	}
}

// metrics is system_views.cql_metrics.
func (t *Tables) metrics(add func(fields)) {
	if t.options.Metrics == nil {
		return
	}
	for name, value := range t.options.Metrics() {
		add(fields{"name": text(name), "value": double(value)})
	}
}
