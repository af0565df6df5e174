package system

import (
	"strconv"

	"helenus/internal/key"
	"helenus/internal/schema"
)

// schemaViews is system_schema.views: the definitions of materialized views.
func (t *Tables) schemaViews(add func(fields)) {
	t.eachView(func(view *schema.Table) {
		f := optionFields(view)
		f["view_name"], f["where_clause"], f["include_all_columns"] = text(view.Name), text(view.View.Where), boolean(view.View.AllColumns)
		f["base_table_id"], f["base_table_name"] = uuidValue(view.View.Base), text(view.View.BaseName)
		add(f)
	})
}

func (t *Tables) eachView(f func(view *schema.Table)) {
	t.each(false, func(k *schema.Keyspace) {
		for _, view := range k.SortedViews() {
			f(view)
		}
	})
}

// builtViews is system.built_views: those that are built on this node.
func (t *Tables) builtViews(add func(fields)) {
	t.eachView(func(view *schema.Table) {
		if t.options.ViewBuild != nil && t.options.ViewBuild(view.DataID).Built {
			add(fields{"keyspace_name": text(view.Keyspace), "view_name": text(view.Name), "status_replicated": boolean(true)})
		}
	})
}

// viewBuilds is system.view_builds_in_progress: those that this node builds.
func (t *Tables) viewBuilds(add func(fields)) {
	t.eachView(func(view *schema.Table) {
		if t.options.ViewBuild == nil {
			return
		}
		b := t.options.ViewBuild(view.DataID)
		if b.Built {
			return
		}
		token := func(t key.Token) []byte { return text(strconv.FormatInt(int64(t), 10)) }
		add(fields{
			"keyspace_name": text(view.Keyspace), "view_name": text(view.Name), "start_token": token(key.MinToken), "end_token": token(key.MaxToken),
			"keys_built": bigint(b.Rows), "last_token": token(b.Last),
		})
	})
}

// viewStatus is system_distributed.view_build_status.
func (t *Tables) viewStatus(add func(fields)) {
	t.eachView(func(view *schema.Table) {
		if t.options.ViewStatus == nil {
			return
		}
		for host, status := range t.options.ViewStatus(view) {
			add(fields{"keyspace_name": text(view.Keyspace), "view_name": text(view.Name), "host_id": uuidValue(host), "status": text(status)})
		}
	})
}
