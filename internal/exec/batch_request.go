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
// strainedItems is how many statements of a batch are planned between looks at the memory that is left.
const strainedItems = 32

func (x *execution) runBatch() error {
	var b protocol.Batch
	if err := b.Decode(x.req.Body, x.req.Version); err != nil {
		return err
	}
	x.setParams(&b.Params)
	x.does(&statement{}, len(b.Items))
	items := make([]batchItem, 0, min(len(b.Items), batchItemsMax))
	for i := range b.Items {
		if i%strainedItems == strainedItems-1 && x.executor.options.Strained() {
			return errStrained
		}
		item, err := x.batchItem(&b.Items[i])
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	x.timedBatch(items)
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
		if p, err = st.current(x.executor, x.executor.options.Metadata.Schema()); err != nil {
			return batchItem{}, err
		}
		markers = st.parsed.Markers()
	} else {
		parsed, err := parse(item.CQL)
		if err != nil {
			return batchItem{}, err
		}
		if p, err = x.executor.makePlan(x.executor.options.Metadata.Schema(), x.keyspace(), parsed); err != nil {
			return batchItem{}, err
		}
		markers = parsed.Markers()
	}
	m, ok := p.plan.(*plan.Modify)
	if !ok {
		return batchItem{}, cassandra.Invalidf("Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.")
	}
	if err := x.authorize(p); err != nil {
		return batchItem{}, err
	}
	if len(item.Values) != len(markers) {
		return batchItem{}, cassandra.Invalidf("There were %d markers(?) in CQL but %d bound variables", len(markers), len(item.Values))
	}
	return batchItem{m, item.Values}, nil
}
