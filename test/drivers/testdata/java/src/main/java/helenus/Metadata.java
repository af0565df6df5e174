package helenus;

import static helenus.Checks.same;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.Version;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.NodeState;
import com.datastax.oss.driver.api.core.metadata.TokenMap;
import com.datastax.oss.driver.api.core.metadata.schema.AggregateMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.FunctionMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.KeyspaceMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.SchemaChangeListenerBase;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.ViewMetadata;
import com.datastax.oss.driver.api.core.metadata.token.TokenRange;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Nodes, tokens, schema, and who is told of its changes. */
final class Metadata {
  private Metadata() {}

  static void check(Features features, CqlSession session) {
    Checks.check("nodes", () -> {
      Node node = session.getMetadata().getNodes().values().iterator().next();
      same(node.getState(), NodeState.UP);
      same(node.getDatacenter(), "datacenter1");
      same(node.getRack(), "rack1");
      return node.getCassandraVersion().compareTo(Version.V4_0_0) > 0 && node.getSchemaVersion() != null && node.getOpenConnections() > 0;
    });
    Checks.check("tokens", () -> {
      TokenMap tokens = session.getMetadata().getTokenMap().get();
      same(tokens.getPartitionerName(), "org.apache.cassandra.dht.Murmur3Partitioner");
      Set<TokenRange> ranges = tokens.getTokenRanges();
      same(ranges.size(), 16);
      Node node = session.getMetadata().getNodes().values().iterator().next();
      same(tokens.getTokens(node).size(), 16);
      long keys = 0;
      for (TokenRange range : ranges) {
        for (TokenRange part : range.unwrap()) {
          keys += session.execute(SimpleStatement.newInstance(
              "select count(*) from readings where token(sensor, day) > ? and token(sensor, day) <= ?", part.getStart(), part.getEnd())).one().getLong(0);
        }
      }
      same(keys, session.execute("select count(*) from readings").one().getLong(0));
      return tokens.getReplicas("features", tokens.newToken(ByteBuffer.wrap(new byte[] {1}))).equals(Set.of(node));
    });
    Checks.check("schema agreement", () -> session.checkSchemaAgreement());
    Checks.check("virtual keyspaces", () -> {
      try (CqlSession all = features.connect(c -> c.withStringList(DefaultDriverOption.METADATA_SCHEMA_REFRESHED_KEYSPACES, List.of("/.*/")), b -> {})) {
        same(all.getMetadata().getKeyspace("system").get().isVirtual(), false);
        return all.getMetadata().getKeyspace("system_views").get().isVirtual()
            && all.getMetadata().getKeyspace("system_virtual_schema").get().getTable("tables").get().isVirtual();
      }
    });
    Checks.check("listener", () -> {
      BlockingQueue<String> told = new LinkedBlockingQueue<>();
      try (CqlSession other = features.connect(c -> c.withDuration(DefaultDriverOption.METADATA_SCHEMA_WINDOW, Duration.ofMillis(20)), b -> b.withSchemaChangeListener(new Listener(told)))) {
        told.clear();
        for (String[] change : CHANGES) {
          session.execute(change[0]);
          same(told.poll(20, TimeUnit.SECONDS), change[1]);
        }
        return told.isEmpty();
      }
    });
  }

  /** Statements, and what a listener on another session hears. */
  private static final String[][] CHANGES = {
    {"create keyspace heard with replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "keyspace heard created"},
    {"alter keyspace heard with durable_writes = false", "keyspace heard updated"},
    {"create type heard.pair (a int)", "type pair created"},
    {"alter type heard.pair add b text", "type pair updated"},
    {"create table heard.t (k int, c int, v text, primary key (k, c))", "table t created"},
    {"alter table heard.t add w text", "table t updated"},
    {"create index named on heard.t (v)", "table t updated"},
    {"create materialized view heard.by_v as select * from heard.t where k is not null and c is not null and v is not null primary key (v, k, c)", "view by_v created"},
    {"create function heard.twice (n int) called on null input returns int language java as 'return n * 2;'", "function twice(int) created"},
    {"create function heard.plus (a int, b int) called on null input returns int language java as 'return a + b;'", "function plus(int, int) created"},
    {"create aggregate heard.total (int) sfunc plus stype int initcond 0", "aggregate total(int) created"},
    {"drop aggregate heard.total", "aggregate total(int) dropped"},
    {"drop function heard.twice", "function twice(int) dropped"},
    {"drop materialized view heard.by_v", "view by_v dropped"},
    {"drop table heard.t", "table t dropped"},
    {"drop type heard.pair", "type pair dropped"},
  };

  private static final class Listener extends SchemaChangeListenerBase {
    private final BlockingQueue<String> told;

    Listener(BlockingQueue<String> told) {
      this.told = told;
    }

    private static boolean ours(CqlIdentifier keyspace) {
      return keyspace.asInternal().equals("heard");
    }

    @Override
    public void onKeyspaceCreated(KeyspaceMetadata k) {
      if (ours(k.getName())) {
        told.add("keyspace heard created");
      }
    }

    @Override
    public void onKeyspaceUpdated(KeyspaceMetadata now, KeyspaceMetadata before) {
      if (ours(now.getName()) && now.isDurableWrites() != before.isDurableWrites()) {
        told.add("keyspace heard updated");
      }
    }

    @Override
    public void onTableCreated(TableMetadata t) {
      if (ours(t.getKeyspace())) {
        told.add("table " + t.getName() + " created");
      }
    }

    @Override
    public void onTableUpdated(TableMetadata now, TableMetadata before) {
      if (ours(now.getKeyspace())) {
        told.add("table " + now.getName() + " updated");
      }
    }

    @Override
    public void onTableDropped(TableMetadata t) {
      if (ours(t.getKeyspace())) {
        told.add("table " + t.getName() + " dropped");
      }
    }

    @Override
    public void onUserDefinedTypeCreated(UserDefinedType t) {
      if (ours(t.getKeyspace())) {
        told.add("type " + t.getName() + " created");
      }
    }

    @Override
    public void onUserDefinedTypeUpdated(UserDefinedType now, UserDefinedType before) {
      if (ours(now.getKeyspace())) {
        told.add("type " + now.getName() + " updated");
      }
    }

    @Override
    public void onUserDefinedTypeDropped(UserDefinedType t) {
      if (ours(t.getKeyspace())) {
        told.add("type " + t.getName() + " dropped");
      }
    }

    @Override
    public void onViewCreated(ViewMetadata v) {
      if (ours(v.getKeyspace())) {
        told.add("view " + v.getName() + " created");
      }
    }

    @Override
    public void onViewDropped(ViewMetadata v) {
      if (ours(v.getKeyspace())) {
        told.add("view " + v.getName() + " dropped");
      }
    }

    @Override
    public void onFunctionCreated(FunctionMetadata f) {
      if (ours(f.getKeyspace())) {
        told.add("function " + f.getSignature() + " created");
      }
    }

    @Override
    public void onFunctionDropped(FunctionMetadata f) {
      if (ours(f.getKeyspace())) {
        told.add("function " + f.getSignature() + " dropped");
      }
    }

    @Override
    public void onAggregateCreated(AggregateMetadata a) {
      if (ours(a.getKeyspace())) {
        told.add("aggregate " + a.getSignature() + " created");
      }
    }

    @Override
    public void onAggregateDropped(AggregateMetadata a) {
      if (ours(a.getKeyspace())) {
        told.add("aggregate " + a.getSignature() + " dropped");
      }
    }
  }
}
