package exec

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/plan"
	"helenus/internal/protocol"
)

// batchItem is one statement of a BATCH message with its own values.
type batchItem struct {
	modify *plan.Modify
	values []protocol.Value
}

// batchItemsMax bounds the statements of one batch, as the protocol's count does.
const batchItemsMax = 65535

// runBatch executes a BATCH message: prepared and textual statements mixed.
func (x *execution) runBatch() error {
	var b protocol.Batch
	if err := b.Decode(x.req.Body, x.req.Version); err != nil {
		return err
	}
	x.setParams(&b.Params)
	if x.req.Tracing {
		x.traced = "BATCH"
	}
	items := make([]batchItem, 0, min(len(b.Items), batchItemsMax))
	for i := range b.Items {
		item, err := x.batchItem(&b.Items[i])
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	return x.execBatchItems(cql.BatchKind(b.Kind), items)
}

func (x *execution) batchItem(item *protocol.BatchItem) (batchItem, error) {
	var p *planned
	var markers []cql.Marker
	if item.ID != nil {
		st := x.executor.prepared.get(item.ID)
		if st == nil {
			return batchItem{}, unprepared(item.ID)
		}
		var err error
		if p, err = st.current(x.executor.options.Metadata.Schema()); err != nil {
			return batchItem{}, err
		}
		markers = st.parsed.Markers()
	} else {
		parsed, err := parse(item.CQL)
		if err != nil {
			return batchItem{}, err
		}
		if p, err = makePlan(x.executor.options.Metadata.Schema(), x.keyspace(), parsed); err != nil {
			return batchItem{}, err
		}
		markers = parsed.Markers()
	}
	m, ok := p.plan.(*plan.Modify)
	if !ok {
		return batchItem{}, cassandra.Invalidf("Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.")
	}
	if len(item.Values) != len(markers) {
		return batchItem{}, cassandra.Invalidf("There were %d markers(?) in CQL but %d bound variables", len(markers), len(item.Values))
	}
	return batchItem{m, item.Values}, nil
}
