package node

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"helenus/client/nodetool"
	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/repair"
	"helenus/internal/ring"
	"helenus/internal/schema"
	"helenus/internal/system"
)

// repair makes the replicas of this node's ranges the same, keyspace by keyspace, and says how far it is. It ends with ctx.
func (n *Member) repair(ctx context.Context, a nodetool.Arguments, say func(string)) error {
	which, err := whichOf(&a.Repair)
	if err != nil {
		return err
	}
	s := n.metadata.State()
	switch k := s.Schema.Keyspace(a.Keyspace); {
	case a.Keyspace == "":
	case k == nil:
		return unknownKeyspace("repair", a.Keyspace)
	case !holdsRows(k):
		say(fmt.Sprintf("No repair is needed for keyspace '%s': each node works it out, or the metadata keeps it", k.Name))
	}
	for _, k := range s.Schema.Keyspaces() {
		if a.Keyspace != "" && k.Name != a.Keyspace || !holdsRows(k) {
			continue
		}
		if k.ReplicationFactor() < 2 && len(k.SortedViews()) == 0 {
			say(fmt.Sprintf("Replication factor is %d. No repair is needed for keyspace '%s'", k.ReplicationFactor(), k.Name))
			continue
		}
		one := a
		one.Keyspace = k.Name
		if err := n.repairKeyspace(ctx, k, &one, which, say); err != nil {
			return err
		}
	}
	return nil
}

// repairKeyspace is a repair's command, as Cassandra numbers them.
func (n *Member) repairKeyspace(ctx context.Context, k *schema.Keyspace, a *nodetool.Arguments, which repair.Which, say func(string)) error {
	number := n.repairs.Add(1)
	began := n.options.Runtime.Monotonic()
	update := n.commands.begin(int(number), k.Name, a, n.options.Runtime.Now())
	fail := func(err error) error {
		update(n.options.Runtime.Now(), func(r *system.Repair) { r.Done, r.Failure = true, err.Error() })
		text := fmt.Sprintf("Repair command #%d failed with error %v", number, err)
		say(text)
		say(fmt.Sprintf("Repair command #%d finished with error", number))
		return fmt.Errorf("Repair job has failed with the error message: %s. Check the logs on the repair participants for further details", text)
	}
	tables, err := namedTables(n.metadata.Schema(), "repair", a)
	if err != nil {
		return fail(err)
	}
	if err := n.replicasWithin(k, &a.Repair); err != nil {
		update(n.options.Runtime.Now(), func(r *system.Repair) { r.Done, r.Failure = true, err.Error() })
		return err
	}
	var names []string
	total := 0
	for _, t := range tables {
		names, total = append(names, t.Name), total+len(n.repairer.Ranges(t, which))
	}
	say(fmt.Sprintf("Starting repair command #%d (%s), repairing keyspace %s with repair options (parallelism: sequential, primary range: %t, incremental: false, job threads: 1, "+
		"ColumnFamilies: [%s], dataCenters: [%s], hosts: [], previewKind: NONE, # of ranges: %d, pull repair: false, force repair: false, optimise streams: true, "+
		"ignore unreplicated keyspaces: true, repairPaxos: false, paxosOnly: false)", number, uuid.New(), k.Name, a.Repair.Primary, strings.Join(a.Tables, ", "),
		strings.Join(a.Repair.Datacenters, ", "), total/max(1, len(tables))))
	p := repairProgress{session: uuid.New(), total: total, say: say}
	for _, t := range tables {
		p.table = t.Name
		update(n.options.Runtime.Now(), func(*system.Repair) {})
		if err := n.repairer.Repair(ctx, t, which, p.done); err != nil {
			if ctx.Err() != nil {
				n.options.Logger.Info("a repair was cancelled", "keyspace", k.Name, "ranges", p.count, "of", total)
			}
			return fail(n.whyNot(err, k))
		}
	}
	n.options.Logger.Info("repaired", "keyspace", k.Name, "tables", names, "ranges", total)
	update(n.options.Runtime.Now(), func(r *system.Repair) { r.Done, r.Text = true, "Repair completed successfully" })
	say("Repair completed successfully")
	say(fmt.Sprintf("Repair command #%d finished in %s", number, inWords(n.options.Runtime.Monotonic()-began)))
	return nil
}

// whyNot names a replica that is down, when that is why a repair has failed.
func (n *Member) whyNot(err error, k *schema.Keyspace) error {
	s := n.metadata.State()
	for _, x := range s.Ring.Placement(k.Replication).Ranges() {
		for _, r := range x.Replicas {
			if m := s.Member(uuid.UUID(r.ID)); ring.Has(x.Replicas, ring.HostID(n.identity.HostID)) && m != nil && !n.monitor.Live(m.Host) {
				return fmt.Errorf("Endpoint not alive: /%s: %w", m.Address, err)
			}
		}
	}
	return err
}

// repairProgress tells of ranges that were repaired, a hundred times at most.
type repairProgress struct {
	session uuid.UUID
	table   string
	say     func(string)
	total   int
	count   int
	percent int
	ranges  []string // since it was last told
}

func (p *repairProgress) done(tokens key.TokenRange) {
	p.count++
	start := "MIN"
	if tokens.First > key.MinToken {
		start = strconv.FormatInt(int64(tokens.First-1), 10)
	}
	p.ranges = append(p.ranges, fmt.Sprintf("(%s,%d]", start, tokens.Last))
	percent := 100 * p.count / p.total
	if percent == p.percent && p.count < p.total {
		return
	}
	p.percent = percent
	p.say(fmt.Sprintf("Repair session %s for range [%s] finished (progress: %d%%), %d of %d ranges, table %s", p.session, strings.Join(p.ranges, ", "), percent, p.count, p.total, p.table))
	p.ranges = p.ranges[:0]
}

// whichOf are the ranges that arguments narrow a repair to. Tokens name ranges as Cassandra does, without their start; a start behind the end
// goes round the ring's ends.
func whichOf(a *nodetool.RepairArguments) (repair.Which, error) {
	w := repair.Which{Primary: a.Primary}
	if a.Start == "" && a.End == "" {
		return w, nil
	}
	start, end := key.MinToken, key.MaxToken
	for _, x := range []struct {
		text  string
		token *key.Token
	}{{a.Start, &start}, {a.End, &end}} {
		if x.text == "" {
			continue
		}
		v, err := strconv.ParseInt(x.text, 10, 64)
		if err != nil {
			return w, &nodetool.Error{Text: fmt.Sprintf("%q is no token", x.text), Usage: true}
		}
		*x.token = key.Token(v)
	}
	first := start
	if a.Start != "" && start < key.MaxToken {
		first = start + 1
	}
	if first <= end {
		w.Tokens = []key.TokenRange{{First: first, Last: end}}
	} else {
		w.Tokens = []key.TokenRange{{First: first, Last: key.MaxToken}, {First: key.MinToken, Last: end}}
	}
	return w, nil
}

// replicasWithin refuses to repair among the replicas of some datacenters when a keyspace has others: pieces are compared among all of them.
func (n *Member) replicasWithin(k *schema.Keyspace, a *nodetool.RepairArguments) error {
	wanted := a.Datacenters
	if a.Local {
		wanted = append(wanted[:len(wanted):len(wanted)], n.identity.Datacenter)
	}
	if len(wanted) == 0 {
		return nil
	}
	s := n.metadata.State()
	for _, dc := range wanted {
		if !slices.ContainsFunc(s.Members, func(m metadata.Member) bool { return m.Datacenter == dc }) {
			return &nodetool.Error{Text: "there is no datacenter " + dc, Usage: true}
		}
	}
	for _, x := range s.Ring.Placement(k.Replication).Ranges() {
		for _, r := range x.Replicas {
			if !slices.Contains(wanted, r.Datacenter) {
				return &nodetool.Error{Text: fmt.Sprintf("keyspace %s has replicas in %s too: a range is repaired among all its replicas, so leave out -local and -dc", k.Name, r.Datacenter), Usage: true}
			}
		}
	}
	return nil
}

// inWords is a duration in seconds as Cassandra says it.
func inWords(d time.Duration) string {
	var words []string
	rest := int64(d / time.Second)
	for _, unit := range []struct {
		name    string
		seconds int64
	}{{"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}} {
		n := rest / unit.seconds
		rest %= unit.seconds
		switch {
		case n == 1:
			words = append(words, "1 "+unit.name)
		case n > 1 || unit.seconds == 1 && len(words) == 0:
			words = append(words, fmt.Sprintf("%d %ss", n, unit.name))
		}
	}
	return strings.Join(words, " ")
}
