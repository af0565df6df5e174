package helenus;

import static helenus.Checks.check;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.SyntaxError;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The driver walk in Java: Walk HOST. Prints one line a check. */
public final class Walk {
  private static final List<String> ARTICLE = List.of(
      "create keyspace mykeyspace with replication = {'class':'SimpleStrategy','replication_factor':1}",
      "use mykeyspace",
      "create table posts (id int primary key, title varchar, content text, created_at timestamp)",
      "insert into posts (id,title,content,created_at) values (1,'test','test entry.',dateof(now()))");

  private static CqlSession connect(String host) {
    return CqlSession.builder().addContactPoint(new InetSocketAddress(host, 9042)).withLocalDatacenter("datacenter1").build();
  }

  public static void main(String[] args) {
    try (CqlSession session = connect(args[0])) {
      check("negotiates v5", () -> session.getContext().getProtocolVersion().getCode() == 5);
      check("article", () -> {
        for (String cql : ARTICLE) {
          session.execute(cql);
        }
        Row row = session.execute("select * from posts").one();
        return row.getString("title").equals("test") && row.getInstant("created_at") != null;
      });
      check("sees the schema", () -> {
        TableMetadata posts = session.getMetadata().getKeyspace("mykeyspace").get().getTable("posts").get();
        return posts.getColumns().size() == 4 && posts.getPartitionKey().get(0).getName().asInternal().equals("id");
      });
      check("sees tokens", () -> session.getMetadata().getTokenMap().get().getReplicas("mykeyspace", ByteBuffer.wrap(new byte[] {0, 0, 0, 1})).size() == 1);
      check("host id", () -> session.getMetadata().getNodes().keySet().stream().noneMatch(id -> id == null));
      session.execute("create table many (k int, c int, v text, primary key (k, c))");
      PreparedStatement insert = session.prepare("insert into many (k, c, v) values (?, ?, ?)");
      check("prepared", () -> {
        for (int c = 0; c < 100; c++) {
          session.execute(insert.bind(1, c, "v" + c));
        }
        List<Row> rows = session.execute(session.prepare("select v from many where k = ? and c in ?").bind(1, List.of(3, 5))).all();
        return rows.size() == 2 && rows.get(1).getString(0).equals("v5");
      });
      check("pages", () -> {
        ResultSet result = session.execute(SimpleStatement.newInstance("select c from many where k = 1").setPageSize(7));
        List<Integer> seen = new ArrayList<>();
        result.forEach(r -> seen.add(r.getInt(0)));
        return seen.size() == 100 && seen.get(99) == 99 && result.getExecutionInfos().size() > 10;
      });
      check("batch", () -> {
        session.execute(BatchStatement.newInstance(DefaultBatchType.LOGGED, insert.bind(2, 1, "a"),
            SimpleStatement.newInstance("insert into many (k, c, v) values (2, 2, ?)", "b")));
        return session.execute("select count(*) from many where k = 2").one().getLong(0) == 2;
      });
      check("types", () -> types(session));
      check("syntax error", () -> fails(SyntaxError.class, session, SimpleStatement.newInstance("SELEC 1")));
      check("invalid", () -> fails(InvalidQueryException.class, session, SimpleStatement.newInstance("select nope from many")));
      check("unavailable", () -> fails(UnavailableException.class, session,
          SimpleStatement.newInstance("insert into many (k, c) values (1, 1)").setConsistencyLevel(DefaultConsistencyLevel.THREE)));
      check("schema event", () -> {
        try (CqlSession other = connect(args[0])) {
          other.execute("create table mykeyspace.told (k int primary key)");
        }
        for (int i = 0; i < 100; i++) {
          if (session.getMetadata().getKeyspace("mykeyspace").get().getTable("told").isPresent()) {
            return true;
          }
          Thread.sleep(100);
        }
        return false;
      });
      session.execute("drop keyspace mykeyspace");
    } catch (Exception e) {
      System.out.println("not ok connect: " + e);
    }
  }

  private static boolean fails(Class<? extends Exception> how, CqlSession session, SimpleStatement statement) {
    try {
      session.execute(statement);
      return false;
    } catch (AllNodesFailedException e) { // the driver tries the next node after Unavailable
      return e.getAllErrors().values().stream().flatMap(List::stream).anyMatch(how::isInstance);
    } catch (Exception e) {
      return how.isInstance(e);
    }
  }

  private static boolean types(CqlSession session) {
    session.execute("create table kinds (id uuid primary key, l list<int>, s set<text>, m map<text, bigint>, d decimal, f double, dt date, n varint)");
    UUID id = UUID.randomUUID();
    BigInteger big = BigInteger.TWO.pow(90);
    session.execute(session.prepare("insert into kinds (id, l, s, m, d, f, dt, n) values (?, ?, ?, ?, ?, ?, ?, ?)").bind(id, List.of(1, 2), Set.of("a", "b"),
        Map.of("x", 1L << 40), new BigDecimal("1.50"), 2.5, LocalDate.of(2020, 2, 29), big));
    Row r = session.execute(SimpleStatement.newInstance("select * from kinds where id = ?", id)).one();
    return r.getList("l", Integer.class).equals(List.of(1, 2)) && r.getSet("s", String.class).equals(Set.of("a", "b"))
        && r.getMap("m", String.class, Long.class).equals(Map.of("x", 1L << 40)) && r.getBigDecimal("d").equals(new BigDecimal("1.50"))
        && r.getDouble("f") == 2.5 && r.getLocalDate("dt").equals(LocalDate.of(2020, 2, 29)) && r.getBigInteger("n").equals(big);
  }
}
