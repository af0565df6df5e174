package helenus;

import java.util.ArrayList;
import java.util.List;
import org.apache.tinkerpop.gremlin.process.traversal.Order;
import org.apache.tinkerpop.gremlin.process.traversal.P;
import org.apache.tinkerpop.gremlin.process.traversal.dsl.graph.GraphTraversalSource;
import org.apache.tinkerpop.gremlin.structure.Direction;
import org.apache.tinkerpop.gremlin.structure.Vertex;
import org.janusgraph.core.Cardinality;
import org.janusgraph.core.EdgeLabel;
import org.janusgraph.core.JanusGraph;
import org.janusgraph.core.JanusGraphException;
import org.janusgraph.core.JanusGraphFactory;
import org.janusgraph.core.Multiplicity;
import org.janusgraph.core.PropertyKey;
import org.janusgraph.core.SchemaViolationException;
import org.janusgraph.core.schema.ConsistencyModifier;
import org.janusgraph.core.schema.JanusGraphIndex;
import org.janusgraph.core.schema.JanusGraphManagement;
import org.janusgraph.core.schema.SchemaAction;
import org.janusgraph.core.schema.SchemaStatus;
import org.janusgraph.graphdb.database.management.ManagementSystem;

/** JanusGraph with its data in CQL: Graph HOST. Prints one line a check. */
public final class Graph {
  private static final int PEOPLE = 50;

  private interface Body {
    boolean holds() throws Exception;
  }

  private static void check(String name, Body body) {
    try {
      System.out.println(body.holds() ? "ok " + name : "not ok " + name + ": does not hold");
    } catch (Exception e) {
      System.out.println("not ok " + name + ": " + e);
    }
  }

  private static JanusGraph open(String host) {
    return JanusGraphFactory.build().set("storage.backend", "cql").set("storage.hostname", host).set("storage.cql.keyspace", "graph")
        .set("storage.cql.local-datacenter", "datacenter1").set("storage.cql.request-timeout", 60000).open();
  }

  public static void main(String[] args) throws Exception {
    JanusGraph graph = open(args[0]);
    check("schema", () -> makeSchema(graph));
    GraphTraversalSource g = graph.traversal();
    List<Vertex> people = new ArrayList<>();
    for (int i = 0; i < PEOPLE; i++) {
      people.add(g.addV("person").property("name", "p" + i).property("age", i).next());
    }
    for (int i = 1; i < PEOPLE; i++) {
      people.get(i).addEdge("knows", people.get(i / 2), "since", (long) i);
      people.get(0).addEdge("knows", people.get(i), "since", 1000L + i);
    }
    g.tx().commit();
    check("finds by index", () -> g.V().has("name", "p7").values("age").next().equals(7));
    check("follows edges", () -> g.V().has("name", "p0").out("knows").count().next() == PEOPLE - 1);
    check("follows edges by their index", () -> g.V().has("name", "p0").outE("knows").has("since", P.gt(1040L)).count().next() == 9);
    check("two steps", () -> g.V().has("name", "p49").out("knows").out("knows").values("name").toList().contains("p12"));
    check("scans", () -> g.V().hasLabel("person").count().next() == PEOPLE);
    check("a unique index locks", () -> {
      try {
        g.addV("person").property("name", "p3").iterate();
        g.tx().commit();
        return false;
      } catch (SchemaViolationException | JanusGraphException e) {
        g.tx().rollback();
        return true;
      }
    });
    check("indexes what is there", () -> reindex(graph) && g.V().has("age", 20).values("name").next().equals("p20"));
    check("deletes", () -> {
      g.V().has("name", "p20").drop().iterate();
      g.tx().commit();
      return !g.V().has("age", 20).hasNext();
    });
    graph.close();
    JanusGraph again = open(args[0]);
    check("opens again", () -> again.traversal().V().has("name", "p0").out("knows").count().next() == PEOPLE - 2);
    again.tx().rollback();
    JanusGraphFactory.drop(again);
    check("drops", () -> true);
  }

  private static boolean makeSchema(JanusGraph graph) {
    JanusGraphManagement m = graph.openManagement();
    PropertyKey name = m.makePropertyKey("name").dataType(String.class).cardinality(Cardinality.SINGLE).make();
    m.makePropertyKey("age").dataType(Integer.class).make();
    PropertyKey since = m.makePropertyKey("since").dataType(Long.class).make();
    EdgeLabel knows = m.makeEdgeLabel("knows").multiplicity(Multiplicity.MULTI).make();
    m.makeVertexLabel("person").make();
    JanusGraphIndex byName = m.buildIndex("byName", Vertex.class).addKey(name).unique().buildCompositeIndex();
    m.setConsistency(byName, ConsistencyModifier.LOCK);
    m.buildEdgeIndex(knows, "knowsSince", Direction.BOTH, Order.desc, since);
    m.commit();
    return true;
  }

  private static boolean reindex(JanusGraph graph) throws Exception {
    JanusGraphManagement m = graph.openManagement();
    m.buildIndex("byAge", Vertex.class).addKey(m.getPropertyKey("age")).buildCompositeIndex();
    m.commit();
    ManagementSystem.awaitGraphIndexStatus(graph, "byAge").call();
    m = graph.openManagement();
    m.updateIndex(m.getGraphIndex("byAge"), SchemaAction.REINDEX).get();
    m.commit();
    return ManagementSystem.awaitGraphIndexStatus(graph, "byAge").status(SchemaStatus.ENABLED).call().getSucceeded();
  }
}
