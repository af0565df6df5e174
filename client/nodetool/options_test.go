package nodetool

import (
	"fmt"
	"strings"
	"testing"
)

// TestOptions guards how words are told apart: options are exact words, so that -pr is not -p r; values may be attached; negative numbers are
// arguments.
func TestOptions(t *testing.T) {
	repair := findVerb("repair")
	known := append(repair.options[:len(repair.options):len(repair.options)], globals...)
	for _, x := range []struct{ words, want string }{
		{"-pr k t", "map[partitioner-range:[]] [k t]"},
		{"k -pr t -full", "map[full:[] partitioner-range:[]] [k t]"},
		{"-p 1 -pr", "map[partitioner-range:[] port:[1]] []"},
		{"-p1 --host=h k", "map[host:[h] port:[1]] [k]"},
		{"-dc a,b --in-dc c", "map[in-dc:[a,b c]] []"},
		{"-st -5 -et 7 k", "map[end-token:[7] start-token:[-5]] [k]"},
		{"k -5 -- -pr", "map[] [k -5 -pr]"},
		{"-h_a -u_b k", "map[host:[a] username:[b]] [k]"}, // with a blank in the word
		{"-x", "Found unexpected parameters: [-x]"},
		{"-prx", "Found unexpected parameters: [-prx]"},
		{"-p", "Required values for option 'port' not provided"},
		{"-pl", "--pull: a repair makes all replicas the same"},
	} {
		var words []string
		for _, w := range strings.Fields(x.words) {
			words = append(words, strings.ReplaceAll(w, "_", " "))
		}
		var g given
		got := ""
		if err := g.parse(words, known); err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprintf("%v %v", g.options, g.args)
		}
		if got != x.want {
			t.Errorf("%s: %s, want %s", x.words, got, x.want)
		}
	}
}

// TestEveryVerbOfCassandra: each of Cassandra's verbs is there or is refused by name, and none is both.
func TestEveryVerbOfCassandra(t *testing.T) {
	for _, name := range strings.Fields(recordedVerbs) {
		if here, refused := findVerb(name) != nil, unsupported[name] != ""; here == refused {
			t.Errorf("%s: there %t, refused %t", name, here, refused)
		}
	}
	for _, v := range sortedVerbs() {
		if v.about == "" || unsupported[v.name] != "" {
			t.Errorf("%s is told nothing about, or refused too", v.name)
		}
		for _, o := range v.options {
			if (o.about == "") == (o.refused == "") {
				t.Errorf("%s %s has to be either told about or refused", v.name, o.name())
			}
		}
	}
}

// recordedVerbs are what the help of Cassandra 5.0.5 lists.
const recordedVerbs = `
assassinate bootstrap checktokenmetadata cidrfilteringstats cleanup clearsnapshot clientstats compact compactionhistory compactionstats
datapaths decommission describecluster describering disableauditlog disableautocompaction disablebackup disablebinary disablefullquerylog
disablegossip disablehandoff disablehintsfordc disableoldprotocolversions drain dropcidrgroup enableauditlog enableautocompaction
enablebackup enablebinary enablefullquerylog enablegossip enablehandoff enablehintsfordc enableoldprotocolversions failuredetector flush
forcecompact garbagecollect gcstats getauditlog getauthcacheconfig getbatchlogreplaythrottle getcidrgroupsofip getcolumnindexsize
getcompactionthreshold getcompactionthroughput getconcurrency getconcurrentcompactors getconcurrentviewbuilders getdefaultrf getendpoints
getfullquerylog getguardrailsconfig getinterdcstreamthroughput getlogginglevels getmaxhintwindow getseeds getsnapshotthrottle getsstables
getstreamthroughput gettimeout gettraceprobability gossipinfo import info invalidatecidrpermissionscache invalidatecountercache
invalidatecredentialscache invalidatejmxpermissionscache invalidatekeycache invalidatenetworkpermissionscache invalidatepermissionscache
invalidaterolescache invalidaterowcache join listcidrgroups listpendinghints listsnapshots move netstats pausehandoff profileload
proxyhistograms rangekeysample rebuild rebuild_index recompress_sstables refresh refreshsizeestimates reloadcidrgroupscache
reloadlocalschema reloadseeds reloadssl reloadtriggers relocatesstables removenode repair repair_admin replaybatchlog resetfullquerylog
resetlocalschema resumehandoff ring scrub setauthcacheconfig setbatchlogreplaythrottle setcachecapacity setcachekeystosave
setcolumnindexsize setcompactionthreshold setcompactionthroughput setconcurrency setconcurrentcompactors setconcurrentviewbuilders
setdefaultrf setguardrailsconfig sethintedhandoffthrottlekb setinterdcstreamthroughput setlogginglevel setmaxhintwindow setsnapshotthrottle
setstreamthroughput settimeout settraceprobability sjk snapshot status statusautocompaction statusbackup statusbinary statusgossip
statushandoff stop stopdaemon tablehistograms tablestats toppartitions tpstats truncatehints updatecidrgroup upgradesstables verify version
viewbuildstatus
`
