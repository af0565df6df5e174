package helenus;

import static helenus.Checks.same;

import com.datastax.dse.driver.api.core.cql.reactive.ReactiveResultSet;
import com.datastax.dse.driver.api.core.cql.reactive.ReactiveRow;
import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BatchType;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.ExecutionInfo;
import com.datastax.oss.driver.api.core.cql.PagingState;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.QueryTrace;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.data.CqlDuration;
import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.core.data.TupleValue;
import com.datastax.oss.driver.api.core.data.UdtValue;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.type.DataTypes;
import com.datastax.oss.driver.api.core.type.TupleType;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import com.datastax.oss.driver.api.core.type.VectorType;
import com.datastax.oss.driver.api.core.type.codec.ExtraTypeCodecs;
import com.datastax.oss.driver.api.core.type.reflect.GenericType;
import com.datastax.oss.driver.api.core.uuid.Uuids;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Statements and what comes back with their rows. */
final class Requests {
  private Requests() {}

  static void check(CqlSession session) {
    PreparedStatement insert = session.prepare("insert into many (k, c, v) values (:k, :c, :v)");
    for (int c = 0; c < 25; c++) {
      session.execute(insert.bind(1, c, "v" + c));
    }
    paging(session);
    tracing(session, insert);
    transactions(session);
    batches(session, insert);
    statements(session, insert);
    Checks.check("types", () -> types(session));
    Checks.check("vectors", () -> vectors(session));
  }

  private static void paging(CqlSession session) {
    PreparedStatement all = session.prepare("select c from many where k = ?");
    Checks.check("paging state goes on", () -> {
      ResultSet first = session.execute(all.bind(1).setPageSize(10));
      String kept = first.getExecutionInfo().getSafePagingState().toString();
      ResultSet second = session.execute(all.bind(1).setPageSize(10).setPagingState(PagingState.fromString(kept)));
      same(second.one().getInt(0), 10);
      ResultSet again = session.execute(all.bind(1).setPageSize(10).setPagingState(first.getExecutionInfo().getPagingState()));
      return again.one().getInt(0) == 10 && again.getAvailableWithoutFetching() == 9;
    });
    Checks.check("paging state of another statement", () -> {
      PagingState state = session.execute(all.bind(1).setPageSize(10)).getExecutionInfo().getSafePagingState();
      return state.matches(all.bind(1)) && !state.matches(all.bind(2));
    });
    Checks.check("paging state that is none", () -> {
      try {
        session.execute(all.bind(1).setPagingState(ByteBuffer.wrap(new byte[] {1, 2, 3})));
        return false;
      } catch (RuntimeException e) {
        return e.getMessage().contains("Invalid value for the paging state");
      }
    });
    Checks.check("reactive", () -> {
      ReactiveResultSet published = session.executeReactive(all.bind(1).setPageSize(4));
      List<ReactiveRow> rows = Reactive.rows(published);
      same(rows.get(24).getInt("c"), 24);
      same(Reactive.rows(published.getColumnDefinitions()).get(0).get(0).getName().asInternal(), "c");
      ReactiveResultSet once = session.executeReactive("insert into many (k, c) values (3, 3) if not exists");
      same(Reactive.rows(once).size(), 1); // nothing is sent before
      same(Reactive.rows(once.wasApplied()), List.of(true));
      return Reactive.rows(published.getExecutionInfos()).size() == 7 && rows.get(0).getExecutionInfo().getPagingState() != null;
    });
  }

  private static void tracing(CqlSession session, PreparedStatement insert) {
    Checks.check("trace of a query", () -> {
      ExecutionInfo info = session.execute(SimpleStatement.newInstance("select * from many where k = ?", 1).setPageSize(5).setTracing(true)).getExecutionInfo();
      QueryTrace trace = info.getQueryTrace();
      same(trace.getTracingId(), info.getTracingId());
      same(trace.getRequestType(), "Execute CQL3 query");
      same(trace.getParameters().get("query"), "select * from many where k = ?");
      same(trace.getParameters().get("page_size"), "5");
      same(trace.getCoordinatorAddress(), info.getCoordinator().getBroadcastAddress().get());
      same(trace.getEvents().stream().allMatch(e -> e.getSourceAddress() != null && e.getThreadName() != null && e.getActivity() != null), true);
      return trace.getEvents().size() > 2 && trace.getDurationMicros() > 0 && Math.abs(trace.getStartedAt() - System.currentTimeMillis()) < 60_000;
    });
    Checks.check("trace of a prepared statement and of a batch", () -> {
      QueryTrace executed = session.execute(insert.bind(1, 1, "v1").setTracing(true)).getExecutionInfo().getQueryTrace();
      same(executed.getRequestType(), "Execute CQL3 prepared query");
      QueryTrace batch = session.execute(BatchStatement.newInstance(BatchType.LOGGED, insert.bind(1, 1, "v1")).setTracing(true)).getExecutionInfo().getQueryTrace();
      return batch.getRequestType().equals("Execute batch of CQL3 queries");
    });
    Checks.check("warnings", () -> {
      same(session.execute("select count(*) from many").getExecutionInfo().getWarnings(), List.of("Aggregation query used without partition key"));
      BatchStatementBuilder large = BatchStatement.builder(BatchType.UNLOGGED);
      for (int k = 0; k < 20; k++) {
        large.addStatement(insert.bind(100 + k, 1, "x".repeat(1000)));
      }
      List<String> warnings = session.execute(large.build()).getExecutionInfo().getWarnings();
      return warnings.size() == 2 && warnings.stream().anyMatch(w -> w.contains("exceeding specified threshold of 5.000KiB"))
          && warnings.stream().anyMatch(w -> w.contains("Unlogged batch covering 20 partitions"));
    });
  }

  private static void transactions(CqlSession session) {
    session.execute("create table accounts (owner text, id int, total int static, amount int, primary key (owner, id))");
    Checks.check("transactions", () -> {
      same(session.execute("insert into accounts (owner, total) values ('a', 10) if not exists").wasApplied(), true);
      ResultSet refused = session.execute(SimpleStatement.newInstance("update accounts set total = 5 where owner = 'a' if total = 9")
          .setSerialConsistencyLevel(DefaultConsistencyLevel.LOCAL_SERIAL));
      same(refused.wasApplied(), false);
      same(refused.one().getInt("total"), 10);
      BatchStatement batch = BatchStatement.newInstance(BatchType.LOGGED,
          SimpleStatement.newInstance("update accounts set total = 15 where owner = 'a' if total = 10"),
          SimpleStatement.newInstance("insert into accounts (owner, id, amount) values ('a', 1, 5)"));
      same(session.execute(batch).wasApplied(), true);
      ResultSet again = session.execute(batch);
      same(again.wasApplied(), false);
      Row row = session.execute(SimpleStatement.newInstance("select total, amount from accounts where owner = 'a' and id = 1")
          .setConsistencyLevel(DefaultConsistencyLevel.SERIAL)).one();
      return row.getInt(0) == 15 && row.getInt(1) == 5;
    });
  }

  private static void batches(CqlSession session, PreparedStatement insert) {
    Checks.check("batch of a keyspace and a timestamp of its own", () -> {
      BatchStatement batch = BatchStatement.newInstance(BatchType.UNLOGGED, SimpleStatement.newInstance("insert into hosts (k, v) values (1, 'new')"),
          SimpleStatement.newInstance("insert into hosts (k, v) values (2, 'new')"));
      session.execute("create keyspace batches with replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}");
      session.execute("create table batches.hosts (k int primary key, v text)");
      session.execute("insert into batches.hosts (k, v) values (2, 'kept')");
      session.execute(batch.setKeyspace(CqlIdentifier.fromCql("batches")).setQueryTimestamp(1000));
      Row row = session.execute("select v, writetime(v) from batches.hosts where k = 1").one();
      same(row.getLong(1), 1000L);
      return session.execute("select v from batches.hosts where k = 2").one().getString(0).equals("kept");
    });
    Checks.check("batch of counters", () -> {
      PreparedStatement add = session.prepare("update hits set views = views + ? where page = ?");
      session.execute(BatchStatement.newInstance(BatchType.COUNTER, add.bind(2L, "/b"), add.bind(3L, "/b"), add.bind(1L, "/c")));
      return session.execute("select views from hits where page = '/b'").one().getLong(0) == 5;
    });
    Checks.check("batch of a counter and another", () -> {
      try {
        session.execute(BatchStatement.newInstance(BatchType.LOGGED, SimpleStatement.newInstance("update hits set views = views + 1 where page = 'x'"), insert.bind(1, 1, "v1")));
        return false;
      } catch (InvalidQueryException e) {
        return e.getMessage().contains("ounter");
      }
    });
  }

  private static void statements(CqlSession session, PreparedStatement insert) {
    Checks.check("values that are not set", () -> {
      session.execute(insert.boundStatementBuilder().setInt("k", 5).setInt("c", 5).setString("v", "kept").build());
      session.execute(insert.boundStatementBuilder().setInt("k", 5).setInt("c", 5).build());
      return session.execute("select v from many where k = 5").one().getString(0).equals("kept");
    });
    Checks.check("values by name", () -> {
      SimpleStatement named = SimpleStatement.newInstance("select v from many where k = :key and c = :c", Map.of("key", 1, "c", 7));
      return session.execute(named).one().getString(0).equals("v7");
    });
    Checks.check("routing by token", () -> {
      BoundStatement bound = insert.bind(1, 2, "v2");
      same(insert.getPartitionKeyIndices(), List.of(0));
      same(bound.getRoutingKey(), ByteBuffer.wrap(new byte[] {0, 0, 0, 1}));
      return session.getMetadata().getTokenMap().get().getReplicas("features", bound.getRoutingKey()).size() == 1;
    });
    Checks.check("now in seconds", () -> {
      int now = 1_900_000_000;
      session.execute(SimpleStatement.newInstance("insert into many (k, c, v) values (6, 6, 'x') using ttl 100").setNowInSeconds(now));
      Row later = session.execute(SimpleStatement.newInstance("select ttl(v) from many where k = 6").setNowInSeconds(now + 40)).one();
      same(later.getInt(0), 60);
      Row gone = session.execute(SimpleStatement.newInstance("select v from many where k = 6").setNowInSeconds(now + 101)).one();
      return gone == null;
    });
    Checks.check("a statement prepared in a keyspace", () -> {
      PreparedStatement other = session.prepare(SimpleStatement.newInstance("select * from hosts where k = ?").setKeyspace("batches"));
      return session.execute(other.bind(2)).one().getString("v").equals("kept");
    });
    Checks.check("what is prepared outlives ALTER TABLE", () -> {
      session.execute("create table altered (k int primary key, a int)");
      session.execute("insert into altered (k, a) values (1, 2)");
      PreparedStatement star = session.prepare("select * from altered where k = ?");
      same(session.execute(star.bind(1)).getColumnDefinitions().size(), 2);
      session.execute("alter table altered add b text");
      session.execute("update altered set b = 'b' where k = 1");
      Row row = session.execute(star.bind(1)).one();
      same(row.getString("b"), "b");
      return star.getResultSetDefinitions().size() == 3;
    });
    Checks.check("what is prepared outlives DROP TABLE", () -> {
      session.execute("create table dropped (k int primary key, a int)");
      PreparedStatement one = session.prepare("select a from dropped where k = ?");
      session.execute("drop table dropped");
      session.execute("create table dropped (k int primary key, a int)");
      session.execute("insert into dropped (k, a) values (1, 2)");
      return session.execute(one.bind(1)).one().getInt(0) == 2;
    });
    Checks.check("a payload", () -> {
      ResultSet taken = session.execute(SimpleStatement.newInstance("select k from many limit 1").setCustomPayload(Map.of("who", ByteBuffer.wrap(new byte[] {1}))));
      return taken.one() != null;
    });
  }

  private static boolean types(CqlSession session) throws Exception {
    session.execute("create table kinds (id timeuuid primary key, a ascii, bl blob, bo boolean, du duration, i inet, ti time, ty tinyint, sm smallint,"
        + " t tuple<int, text, frozen<list<int>>>, u address, deep map<text, frozen<list<frozen<tuple<int, frozen<address>>>>>>)");
    UUID id = Uuids.timeBased();
    TupleType tuple = DataTypes.tupleOf(DataTypes.INT, DataTypes.TEXT, DataTypes.frozenListOf(DataTypes.INT));
    UserDefinedType address = session.getMetadata().getKeyspace("features").get().getUserDefinedType("address").get();
    UdtValue home = address.newValue("Main", 5);
    TupleValue pair = tuple.newValue(1, null, List.of(3, 4));
    TupleValue inner = DataTypes.tupleOf(DataTypes.INT, address).newValue(9, home);
    Map<String, List<TupleValue>> deep = Map.of("x", List.of(inner));
    PreparedStatement insert = session.prepare("insert into kinds (id, a, bl, bo, du, i, ti, ty, sm, t, u, deep) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    CqlDuration duration = CqlDuration.newInstance(1, -0, 3_600_000_000_000L);
    session.execute(insert.bind(id, "ascii", ByteBuffer.wrap(new byte[] {1, 0}), true, duration, InetAddress.getByName("::1"), LocalTime.of(23, 59, 59, 999_999_999),
        (byte) -1, (short) -2, pair, home, deep));
    Row r = session.execute(SimpleStatement.newInstance("select * from kinds where id = ?", id)).one();
    same(r.getString("a"), "ascii");
    same(r.getByteBuffer("bl"), ByteBuffer.wrap(new byte[] {1, 0}));
    same(r.getCqlDuration("du"), duration);
    same(r.getInetAddress("i"), InetAddress.getByName("::1"));
    same(r.getLocalTime("ti"), LocalTime.of(23, 59, 59, 999_999_999));
    same(r.getByte("ty"), (byte) -1);
    same(r.getShort("sm"), (short) -2);
    same(r.getTupleValue("t"), pair);
    same(r.getUdtValue("u"), home);
    same(r.get("deep", GenericType.mapOf(GenericType.of(String.class), GenericType.listOf(GenericType.TUPLE_VALUE))), deep);
    session.execute(SimpleStatement.newInstance("update kinds set u.zip = ? where id = ?", 6, id));
    Row parts = session.execute(SimpleStatement.newInstance("select u.zip, deep['x'], cast(id as timestamp) from kinds where id = ?", id)).one();
    return parts.getInt(0) == 6 && parts.getList(1, TupleValue.class).get(0).equals(inner) && parts.getInstant(2).toEpochMilli() == Uuids.unixTimestamp(id);
  }

  private static boolean vectors(CqlSession session) {
    session.execute("create table places (id int primary key, v vector<float, 3>, words vector<text, 2>, lists frozen<list<vector<int, 2>>>)");
    session.execute("create index on places (v) using 'sai' with options = {'similarity_function': 'euclidean'}");
    PreparedStatement insert = session.prepare("insert into places (id, v, words, lists) values (?, ?, ?, ?)");
    same(((VectorType) insert.getVariableDefinitions().get(1).getType()).getDimensions(), 3);
    CqlVector<String> words = CqlVector.newInstance("one", "two words");
    List<CqlVector<Integer>> lists = List.of(CqlVector.newInstance(1, 2), CqlVector.newInstance(3, 4));
    for (int id = 0; id < 10; id++) {
      session.execute(insert.bind(id, CqlVector.newInstance((float) id, 0f, 1f), words, lists));
    }
    Row one = session.execute("select * from places where id = 4").one();
    same(one.getVector("v", Float.class), CqlVector.newInstance(4f, 0f, 1f));
    same(one.get("v", ExtraTypeCodecs.floatVectorToArray(3))[0], 4f);
    same(one.getVector("words", String.class), words);
    same(one.getList("lists", CqlVector.class), lists);
    PreparedStatement near = session.prepare("select id, similarity_euclidean(v, ?) from places order by v ann of ? limit 3");
    CqlVector<Float> at = CqlVector.newInstance(7f, 0f, 1f);
    List<Row> found = session.execute(near.bind(at, at)).all();
    same(found.size(), 3);
    same(found.get(0).getFloat(1), 1f);
    return found.get(0).getInt(0) == 7 && Set.of(6, 8).contains(found.get(1).getInt(0));
  }
}
