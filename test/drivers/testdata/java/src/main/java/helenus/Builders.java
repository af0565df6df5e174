package helenus;

import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.bindMarker;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.deleteFrom;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.function;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.insertInto;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.literal;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.selectFrom;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.tuple;
import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.update;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.alterTable;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.alterType;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.createAggregate;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.createFunction;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.createIndex;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.createKeyspace;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.createMaterializedView;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.createTable;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.createType;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.dropKeyspace;
import static com.datastax.oss.driver.api.querybuilder.SchemaBuilder.udt;
import static helenus.Checks.same;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.core.metadata.schema.ClusteringOrder;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import com.datastax.oss.driver.api.core.type.DataTypes;
import com.datastax.oss.driver.api.querybuilder.BuildableQuery;
import com.datastax.oss.driver.api.querybuilder.SchemaBuilder;
import com.datastax.oss.driver.api.querybuilder.relation.Relation;
import com.datastax.oss.driver.api.querybuilder.schema.compaction.TimeWindowCompactionStrategy.CompactionWindowUnit;
import com.datastax.oss.driver.api.querybuilder.schema.compaction.TimeWindowCompactionStrategy.TimestampResolution;
import com.datastax.oss.driver.api.querybuilder.select.Select;
import com.datastax.oss.driver.api.querybuilder.select.Selector;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Statements that the builders write. */
final class Builders {
  private Builders() {}

  static void check(CqlSession session) {
    Checks.check("schema builder", () -> schema(session));
    Checks.check("query builder inserts", () -> inserts(session));
    Checks.check("query builder updates and deletes", () -> updates(session));
    Checks.check("query builder selects", () -> selects(session));
    Checks.check("schema builder alters and drops", () -> alters(session));
    Checks.check("describe", () -> {
      String all = session.getMetadata().getKeyspace("features").get().describeWithChildren(true);
      return all.contains("CREATE TABLE features.readings") && all.contains("vector");
    });
  }

  private static Row run(CqlSession session, BuildableQuery query) {
    return session.execute(query.build()).one();
  }

  private static boolean schema(CqlSession session) {
    run(session, createKeyspace("built").ifNotExists().withNetworkTopologyStrategy(Map.of("datacenter1", 1)).withDurableWrites(true));
    run(session, createType("built", "place").withField("name", DataTypes.TEXT).withField("tags", DataTypes.frozenSetOf(DataTypes.TEXT)));
    run(session, createTable("built", "events").ifNotExists().withPartitionKey("k", DataTypes.TEXT).withClusteringColumn("at", DataTypes.TIMESTAMP)
        .withClusteringColumn("n", DataTypes.INT).withStaticColumn("owner", DataTypes.TEXT).withColumn("place", udt("place", true))
        .withColumn("tags", DataTypes.setOf(DataTypes.TEXT)).withColumn("parts", DataTypes.mapOf(DataTypes.TEXT, DataTypes.INT)).withColumn("list", DataTypes.listOf(DataTypes.INT))
        .withColumn("v", DataTypes.vectorOf(DataTypes.FLOAT, 2)).withColumn("word", DataTypes.TEXT).withColumn("size", DataTypes.INT)
        .withClusteringOrder("at", ClusteringOrder.DESC).withClusteringOrder("n", ClusteringOrder.ASC)
        .withCompaction(SchemaBuilder.timeWindowCompactionStrategy().withCompactionWindow(1, CompactionWindowUnit.DAYS).withTimestampResolution(TimestampResolution.MICROSECONDS))
        .withLZ4Compression().withCaching(true, SchemaBuilder.RowsPerPartition.rows(10)).withComment("built").withGcGraceSeconds(100)
        .withDefaultTimeToLiveSeconds(5000).withBloomFilterFpChance(0.02).withCDC(false).withSpeculativeRetry("99p").withMemtableFlushPeriodInMs(0)
        .withMinIndexInterval(64).withMaxIndexInterval(1024));
    run(session, createTable("built", "sized").withPartitionKey("k", DataTypes.INT).withColumn("v", DataTypes.INT)
        .withCompaction(SchemaBuilder.sizeTieredCompactionStrategy().withMinThreshold(4).withMaxThreshold(16).withEnabled(true)).withSnappyCompression());
    run(session, createTable("built", "leveled").withPartitionKey("k", DataTypes.INT).withColumn("v", DataTypes.INT)
        .withCompaction(SchemaBuilder.leveledCompactionStrategy().withSSTableSizeInMB(100)).withOption("compression", Map.of("enabled", "false")));
    run(session, createIndex("events_size").ifNotExists().onTable("built", "events").andColumn("size"));
    run(session, createIndex("events_tags").usingSASI().onTable("built", "events").andColumn("word").withSASIOptions(Map.of("mode", "CONTAINS")));
    run(session, createIndex("events_parts").custom("StorageAttachedIndex").onTable("built", "events").andColumnKeys("parts"));
    run(session, createIndex("events_v").custom("StorageAttachedIndex").onTable("built", "events").andColumn("v"));
    run(session, createMaterializedView("built", "by_size").asSelectFrom("built", "events").columns("k", "at", "n", "size", "word")
        .whereColumn("size").isNotNull().whereColumn("k").isNotNull().whereColumn("at").isNotNull().whereColumn("n").isNotNull()
        .withPartitionKey("size").withClusteringColumn("k").withClusteringColumn("at").withClusteringColumn("n").withComment("view"));
    run(session, createFunction("built", "twice").withParameter("x", DataTypes.INT).returnsNullOnNull().returnsType(DataTypes.INT).withJavaLanguage().asQuoted("return x * 2;"));
    run(session, createFunction("built", "plus").withParameter("a", DataTypes.INT).withParameter("b", DataTypes.INT).calledOnNull().returnsType(DataTypes.INT)
        .withJavaLanguage().as("'return a + (b == null ? 0 : b);'"));
    run(session, createAggregate("built", "total").withParameter(DataTypes.INT).withSFunc("plus").withSType(DataTypes.INT).withInitCond(literal(0)));
    TableMetadata events = session.getMetadata().getKeyspace("built").get().getTable("events").get();
    Map<?, ?> options = events.getOptions();
    same(options.get(CqlIdentifier.fromCql("comment")), "built");
    same(options.get(CqlIdentifier.fromCql("gc_grace_seconds")), 100);
    same(events.getIndexes().size(), 4);
    same(events.getClusteringColumns().values().iterator().next(), ClusteringOrder.DESC);
    same(session.getMetadata().getKeyspace("built").get().getViewsOnTable(events.getName()).size(), 1);
    return session.getMetadata().getKeyspace("built").get().getAggregate("total", DataTypes.INT).get().getInitCond().get().equals(0);
  }

  private static boolean inserts(CqlSession session) {
    for (int n = 0; n < 6; n++) {
      run(session, insertInto("built", "events").value("k", literal("a")).value("at", literal(Instant.ofEpochSecond(n / 2))).value("n", literal(n))
          .value("owner", literal("o'wner")).value("tags", literal(Set.of("t" + n))).value("parts", literal(Map.of("p" + n, n)))
          .value("list", literal(List.of(n, n + 1))).value("v", literal(CqlVector.newInstance((float) n, 1f))).value("word", literal("word " + n)).value("size", literal(n % 3))
          .usingTtl(1000).usingTimestamp(1_000_000L + n));
    }
    run(session, insertInto("built", "events").json("{\"k\": \"j\", \"at\": \"2024-01-01\", \"n\": 1, \"place\": {\"name\": \"home\", \"tags\": [\"x\"]}}").defaultUnset());
    SimpleStatement once = insertInto("built", "sized").value("k", literal(1)).value("v", bindMarker()).ifNotExists().build(5);
    same(session.execute(once).wasApplied(), true);
    same(session.execute(once).wasApplied(), false);
    return run(session, selectFrom("built", "events").countAll().whereColumn("k").isEqualTo(literal("a"))).getLong(0) == 6;
  }

  private static boolean updates(CqlSession session) {
    Instant at = Instant.ofEpochSecond(0);
    run(session, update("built", "events").usingTimestamp(2_000_000).setColumn("word", literal("changed")).appendSetElement("tags", literal("more"))
        .setMapValue("parts", literal("q"), literal(7)).appendListElement("list", literal(99)).setColumn("size", function("built", "twice", literal(4)))
        .whereColumn("k").isEqualTo(literal("a")).whereColumn("at").isEqualTo(literal(at)).whereColumn("n").isEqualTo(literal(0)));
    run(session, update("built", "events").prependListElement("list", literal(-1)).removeSetElement("tags", literal("t0")).remove("parts", literal(Set.of("p0")))
        .whereColumn("k").isEqualTo(literal("a")).whereColumn("at").isEqualTo(literal(at)).whereColumn("n").isEqualTo(literal(0)));
    Row row = run(session, selectFrom("built", "events").all().where(Relation.columns("at", "n").isEqualTo(tuple(literal(at), literal(0)))).whereColumn("k").isEqualTo(literal("a")));
    same(row.getList("list", Integer.class), List.of(-1, 0, 1, 99));
    same(row.getSet("tags", String.class), Set.of("more"));
    same(row.getMap("parts", String.class, Integer.class), Map.of("q", 7));
    same(row.getInt("size"), 8);
    same(session.execute(update("built", "events").setColumn("owner", literal("x")).whereColumn("k").isEqualTo(literal("a"))
        .ifColumn("owner").isEqualTo(literal("nobody")).build()).wasApplied(), false);
    same(session.execute(update("built", "sized").setColumn("v", literal(6)).whereColumn("k").isEqualTo(literal(1)).ifColumn("v").in(literal(5), literal(4)).build()).wasApplied(), true);
    run(session, deleteFrom("built", "events").column("word").element("parts", literal("q")).whereColumn("k").isEqualTo(literal("a")).whereColumn("at").isEqualTo(literal(at))
        .whereColumn("n").isEqualTo(literal(0)));
    same(session.execute(deleteFrom("built", "sized").whereColumn("k").isEqualTo(literal(1)).ifExists().build()).wasApplied(), true);
    run(session, deleteFrom("built", "events").usingTimestamp(3_000_000).whereColumn("k").isEqualTo(literal("a")).whereColumn("at").isLessThan(literal(Instant.ofEpochSecond(1))));
    return run(session, selectFrom("built", "events").countAll().whereColumn("k").isEqualTo(literal("a"))).getLong(0) == 5;
  }

  private static boolean selects(CqlSession session) {
    Select ofA = selectFrom("built", "events").columns("n", "size").whereColumn("k").isEqualTo(bindMarker("k"));
    same(session.execute(ofA.orderBy("at", ClusteringOrder.ASC).limit(2).build(Map.of("k", "a"))).all().get(1).getInt(0), 3);
    same(session.execute(ofA.whereColumn("size").isEqualTo(literal(0)).allowFiltering().build(Map.of("k", "a"))).all().size(), 1);
    same(session.execute(selectFrom("built", "events").column("n").whereColumn("word").like(literal("%4%")).build()).one().getInt(0), 4);
    same(session.execute(selectFrom("built", "events").column("n").whereColumn("parts").containsKey(literal("p3")).build()).one().getInt(0), 3);
    same(session.execute(selectFrom("built", "events").column("n").orderByAnnOf("v", CqlVector.newInstance(5f, 1f)).limit(1).build()).one().getInt(0) > 0, true);
    same(session.execute(selectFrom("built", "events").json().column("n").whereColumn("k").isEqualTo(literal("a")).limit(1).build()).one().getString(0), "{\"n\": 4}");
    same(session.execute(selectFrom("built", "events").distinct().columns("k", "owner").build()).all().size(), 2);
    same(session.execute(selectFrom("built", "events").column("k").function("count", Selector.column("n")).groupBy(Selector.column("k")).build()).all().size(), 2);
    Row one = session.execute(selectFrom("built", "events").writeTime("word").ttl("word").cast(Selector.column("n"), DataTypes.TEXT).as("text").element("parts", literal("p5")).raw("token(k)")
        .raw("size + 1").function("built", "twice", Selector.column("n")).add(Selector.column("n"), Selector.column("size"))
        .whereColumn("k").isEqualTo(literal("a")).whereColumn("at").in(literal(Instant.ofEpochSecond(2)))
        .whereColumn("n").isGreaterThan(literal(4)).build()).one();
    same(one.getLong(0), 1_000_005L);
    same(one.getString("text"), "5");
    same(one.getInt(3), 5);
    same(one.getInt(5), 3);
    same(one.getInt(6), 10);
    same(one.getInt(7), 7);
    same(session.execute(selectFrom("built", "by_size").countAll().whereColumn("size").isEqualTo(literal(2)).build()).one().getLong(0), 2L);
    return session.execute(selectFrom("built", "events").function("built", "total", Selector.column("n")).whereToken("k").isGreaterThan(literal(Long.MIN_VALUE)).build())
        .one().getInt(0) == 2 + 3 + 4 + 5 + 1;
  }

  private static boolean alters(CqlSession session) {
    run(session, alterTable("built", "sized").addColumn("w", DataTypes.TEXT).addColumn("x", DataTypes.listOf(DataTypes.INT)));
    run(session, alterTable("built", "sized").dropColumn("x"));
    run(session, alterTable("built", "sized").renameColumn("k", "key"));
    run(session, alterTable("built", "sized").withComment("altered").withGcGraceSeconds(5));
    run(session, alterType("built", "place").addField("zip", DataTypes.INT));
    run(session, alterType("built", "place").renameField("zip", "code"));
    TableMetadata sized = session.getMetadata().getKeyspace("built").get().getTable("sized").get();
    same(sized.getColumns().keySet().toString(), "[key, v, w]");
    run(session, SchemaBuilder.dropMaterializedView("built", "by_size").ifExists());
    run(session, SchemaBuilder.dropIndex("built", "events_v"));
    run(session, SchemaBuilder.dropAggregate("built", "total").ifExists());
    run(session, SchemaBuilder.dropFunction("built", "plus"));
    run(session, SchemaBuilder.dropTable("built", "events"));
    run(session, SchemaBuilder.dropType("built", "place"));
    run(session, dropKeyspace("built").ifExists());
    return session.getMetadata().getKeyspace("built").isEmpty();
  }
}
