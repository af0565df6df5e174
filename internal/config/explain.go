package config

// hidden is shown instead of a secret.
const hidden = "(hidden)"

// Explanation is a setting with the source of its value.
type Explanation struct {
	// Setting is its flag, or the key, variable or property where it has none.
	Setting string
	// Yaml is the key of cassandra.yaml, if there is one.
	Yaml string
	Value
}

// Explain returns every setting, in the order of the documentation.
func (s *Settings) Explain() (all []Explanation) {
	for i := range settings {
		k := &settings[i]
		e := Explanation{k.label(), k.yaml, s.values[k.name]}
		if k.secret && e.Text != "" {
			e.Text = hidden
		}
		all = append(all, e)
	}
	if s.memoryMax.Text != "" {
		all = append(all, Explanation{"most memory", "", s.memoryMax})
	}
	return all
}
