package helenus;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.tinkerpop.gremlin.process.traversal.P;
import org.apache.tinkerpop.gremlin.process.traversal.dsl.graph.GraphTraversalSource;
import org.apache.tinkerpop.gremlin.process.traversal.dsl.graph.__;
import org.apache.tinkerpop.gremlin.structure.Edge;
import org.apache.tinkerpop.gremlin.structure.T;
import org.apache.tinkerpop.gremlin.structure.Vertex;
import org.janusgraph.core.Cardinality;
import org.janusgraph.core.EdgeLabel;
import org.janusgraph.core.JanusGraph;
import org.janusgraph.core.JanusGraphFactory;
import org.janusgraph.core.Multiplicity;
import org.janusgraph.core.PropertyKey;
import org.janusgraph.core.SchemaViolationException;
import org.janusgraph.core.schema.ConsistencyModifier;
import org.janusgraph.core.schema.JanusGraphIndex;
import org.janusgraph.core.schema.JanusGraphManagement;

/** JanusGraph on its CQL backend: Graph HOST. Prints one line a check. */
public final class Graph {
  private Graph() {}

  private interface Body {
    void run() throws Exception;
  }

  private static void check(String name, Body body) {
    try {
      body.run();
      System.out.println("ok " + name);
    } catch (Exception | AssertionError e) {
      System.out.println("not ok " + name + ": " + e.toString().replace('\n', ' '));
    }
  }

  private static void same(Object have, Object want) {
    if (!Objects.equals(have, want)) {
      throw new AssertionError(have + ", want " + want);
    }
  }

  private static JanusGraph open(String host) {
    return JanusGraphFactory.build().set("storage.backend", "cql").set("storage.hostname", host).set("storage.cql.local-datacenter", "datacenter1")
        .set("storage.cql.keyspace", "graph").set("storage.cql.request-timeout", Duration.ofSeconds(60).toMillis()).set("storage.lock.wait-time", 500).open();
  }

  public static void main(String[] args) {
    try (JanusGraph graph = open(args[0])) {
      check("schema", () -> schema(graph));
      check("vertices and edges", () -> fill(graph));
      check("composite index", () -> same(graph.traversal().V().has("name", "saturn").values("age").next(), 10000));
      check("unique index", () -> unique(graph));
      check("vertex-centric index", () -> {
        List<Object> monsters = graph.traversal().V().has("name", "hercules").outE("battled").has("time", P.gt(1)).inV().values("name").toList();
        monsters.sort(null);
        same(monsters, List.of("cerberus", "hydra"));
      });
      check("traversals", () -> {
        GraphTraversalSource g = graph.traversal();
        same(g.V().has("name", "hercules").out("father").out("father").values("name").next(), "saturn");
        same(g.V().has("name", "hercules").repeat(__.out("father")).emit().count().next(), 2L);
        same(g.V().hasLabel("monster").count().next(), 3L);
        g.tx().rollback();
      });
      check("lists of properties", () -> {
        Vertex v = graph.traversal().V().has("name", "jupiter").next();
        v.property(org.apache.tinkerpop.gremlin.structure.VertexProperty.Cardinality.list, "note", "one");
        v.property(org.apache.tinkerpop.gremlin.structure.VertexProperty.Cardinality.list, "note", "two");
        graph.tx().commit();
        same(graph.traversal().V().has("name", "jupiter").values("note").count().next(), 2L);
        graph.tx().rollback();
      });
      check("rollback", () -> {
        graph.traversal().addV("god").property("name", "nobody").iterate();
        graph.tx().rollback();
        same(graph.traversal().V().has("name", "nobody").hasNext(), false);
        graph.tx().rollback();
      });
      check("deletes", () -> {
        graph.traversal().V().has("name", "nemean").drop().iterate();
        graph.tx().commit();
        same(graph.traversal().V().has("name", "hercules").out("battled").count().next(), 2L);
        graph.tx().rollback();
      });
      check("many vertices", () -> {
        for (int i = 0; i < 1000; i++) {
          graph.addVertex(T.label, "item", "number", i);
        }
        graph.tx().commit();
        same(graph.traversal().V().has("number", P.within(7, 70, 700)).count().next(), 3L);
        same(graph.traversal().V().hasLabel("item").count().next(), 1000L);
        graph.tx().rollback();
      });
    } catch (Exception e) {
      System.out.println("not ok open: " + e);
    }
    try (JanusGraph graph = open(args[0])) {
      check("a second opening", () -> {
        same(graph.traversal().V().has("name", "saturn").values("age").next(), 10000);
        same(graph.openManagement().getGraphIndex("byName").getBackingIndex(), "internalindex");
      });
    } catch (Exception e) {
      System.out.println("not ok open again: " + e);
    }
    System.exit(0);
  }

  private static void schema(JanusGraph graph) {
    JanusGraphManagement m = graph.openManagement();
    PropertyKey name = m.makePropertyKey("name").dataType(String.class).make();
    JanusGraphIndex byName = m.buildIndex("byName", Vertex.class).addKey(name).unique().buildCompositeIndex();
    m.setConsistency(byName, ConsistencyModifier.LOCK);
    PropertyKey number = m.makePropertyKey("number").dataType(Integer.class).make();
    m.buildIndex("byNumber", Vertex.class).addKey(number).buildCompositeIndex();
    m.makePropertyKey("age").dataType(Integer.class).make();
    m.makePropertyKey("note").dataType(String.class).cardinality(Cardinality.LIST).make();
    PropertyKey time = m.makePropertyKey("time").dataType(Integer.class).make();
    m.makeEdgeLabel("father").multiplicity(Multiplicity.MANY2ONE).make();
    EdgeLabel battled = m.makeEdgeLabel("battled").signature(time).make();
    m.buildEdgeIndex(battled, "battlesByTime", org.apache.tinkerpop.gremlin.structure.Direction.BOTH, time);
    for (String label : List.of("god", "monster", "item")) {
      m.makeVertexLabel(label).make();
    }
    m.commit();
  }

  private static void fill(JanusGraph graph) {
    Vertex saturn = graph.addVertex(T.label, "god", "name", "saturn", "age", 10000);
    Vertex jupiter = graph.addVertex(T.label, "god", "name", "jupiter", "age", 5000);
    Vertex hercules = graph.addVertex(T.label, "god", "name", "hercules", "age", 30);
    jupiter.addEdge("father", saturn);
    hercules.addEdge("father", jupiter);
    int time = 1;
    for (String name : List.of("nemean", "hydra", "cerberus")) {
      Edge battle = hercules.addEdge("battled", graph.addVertex(T.label, "monster", "name", name));
      battle.property("time", time++);
    }
    graph.tx().commit();
    same(graph.traversal().E().count().next(), 5L);
    graph.tx().rollback();
  }

  private static void unique(JanusGraph graph) {
    try {
      graph.addVertex(T.label, "god", "name", "saturn");
      throw new AssertionError("a second saturn was made");
    } catch (SchemaViolationException expected) {
      graph.tx().rollback();
    }
  }
}
