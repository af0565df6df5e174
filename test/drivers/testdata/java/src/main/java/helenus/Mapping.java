package helenus;

import static helenus.Checks.same;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.MappedAsyncPagingIterable;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.data.CqlVector;
import helenus.mapped.Address;
import helenus.mapped.Employee;
import helenus.mapped.EmployeeDao;
import helenus.mapped.FeaturesMapper;
import helenus.mapped.Hits;
import helenus.mapped.HitsDao;
import helenus.mapped.Reading;
import helenus.mapped.ReadingDao;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** The object mapper. */
final class Mapping {
  private static final LocalDate DAY = LocalDate.of(2024, 2, 29);

  private Mapping() {}

  static void check(CqlSession session) {
    FeaturesMapper mapper = FeaturesMapper.builder(session).withSchemaValidationEnabled(true).build();
    employees(mapper.employees("features", "employees"), mapper.employees("features", "former"));
    readings(session, mapper.readings());
    hits(mapper.hits());
  }

  private static Employee employee(String name, int salary) {
    Employee e = new Employee();
    e.setId(UUID.nameUUIDFromBytes(name.getBytes()));
    e.setName(name);
    e.setSalary(salary);
    e.setHome(new Address("Main " + name, 12345));
    e.setBefore(List.of(new Address("First", 1), new Address("Second", 2)));
    e.setKnown(Map.of("friends", Set.of(new Address("Third", 3))));
    e.setNote("is not kept");
    return e;
  }

  private static void employees(EmployeeDao dao, EmployeeDao former) {
    Employee ann = employee("ann", 100);
    Employee bob = employee("bob", 200);
    Checks.check("mapper inherits entities and maps user types", () -> {
      dao.save(ann);
      Employee found = dao.find(ann.getId());
      same(found.getName(), "ann");
      same(found.getHome(), ann.getHome());
      same(found.getBefore(), ann.getBefore());
      same(found.getKnown(), ann.getKnown());
      return found.getNote() == null && found.getWritten() > 1_600_000_000_000_000L;
    });
    Checks.check("mapper inserts if not exists", () -> {
      same(dao.saveNew(bob), true);
      same(dao.saveNew(employee("bob", 999)), false);
      return dao.find(bob.getId()).getSalary() == 200;
    });
    Checks.check("mapper updates", () -> {
      ann.setSalary(110);
      dao.update(ann);
      same(dao.updateThere(ann), true);
      same(dao.updateThere(employee("nobody", 1)), false);
      ann.setSalary(120);
      ResultSet refused = dao.updateIf(ann, 1);
      same(refused.wasApplied(), false);
      same(refused.one().getInt("salary"), 110);
      same(dao.updateIf(ann, 110).wasApplied(), true);
      return dao.find(ann.getId()).getSalary() == 120;
    });
    Checks.check("mapper updates with a WHERE of its own", () -> {
      Employee raise = new Employee();
      raise.setSalary(500);
      dao.updateBoth(raise, ann.getId(), bob.getId());
      return dao.find(ann.getId()).getSalary() == 500 && dao.find(bob.getId()).getSalary() == 500 && dao.find(bob.getId()).getName().equals("bob");
    });
    Checks.check("mapper selects with a WHERE of its own", () -> {
      dao.save(employee("low", 1));
      same(dao.paid(500, 10).all().size(), 2);
      return dao.paid(1, 1).all().size() == 1 && dao.count() == 3;
    });
    Checks.check("mapper binds timestamps and nulls", () -> {
      Employee old = employee("old", 5);
      Employee empty = new Employee();
      empty.setId(old.getId());
      former.save(old);
      // The timestamp is before, so that nothing of it is seen.
      return former.find(old.getId()).getHome().equals(old.getHome()) && dao.bound(empty, 1).getQueryTimestamp() != 0;
    });
    Checks.check("mapper deletes", () -> {
      same(dao.deleteIf(bob, 1).wasApplied(), false);
      same(dao.deleteIf(bob, 500).wasApplied(), true);
      same(dao.delete(ann), true);
      same(dao.delete(ann), false);
      return dao.find(ann.getId()) == null && dao.count() == 1;
    });
  }

  private static Reading reading(LocalDate day, int hour, int minute) {
    return new Reading("s1", day, hour, minute, hour + minute / 60.0, CqlVector.newInstance((float) hour, (float) minute, 1f));
  }

  private static void readings(CqlSession session, ReadingDao dao) {
    Checks.check("mapper writes without waiting, with a TTL", () -> {
      for (int hour = 0; hour < 10; hour++) {
        for (int minute = 0; minute < 3; minute++) {
          dao.saveFor(reading(DAY, hour, minute), 1000).toCompletableFuture().get();
        }
      }
      int ttl = session.execute("select ttl(value) from readings limit 1").one().getInt(0);
      return ttl > 900 && ttl <= 1000;
    });
    Checks.check("mapper pages without waiting", () -> {
      List<Integer> sizes = new ArrayList<>();
      int sum = 0;
      MappedAsyncPagingIterable<Reading> page = dao.pages("s1", DAY).toCompletableFuture().get();
      while (true) {
        sizes.add(page.remaining());
        for (Reading r : page.currentPage()) {
          sum += r.getHour() * 10 + r.getMinute();
        }
        if (!page.hasMorePages()) {
          break;
        }
        page = page.fetchNextPage().toCompletableFuture().get();
      }
      same(sizes, List.of(7, 7, 7, 7, 2));
      return sum == 45 * 30 + 3 * 10;
    });
    Checks.check("mapper limits a partition", () -> {
      List<Integer> hours = dao.latest("s1", DAY).all().stream().map(Reading::getHour).collect(Collectors.toList());
      return hours.equals(List.of(9, 9));
    });
    Checks.check("mapper streams", () -> {
      same(dao.ofHour("s1", DAY, 4).map(Reading::getMinute).collect(Collectors.toList()), List.of(0, 1, 2));
      return Reactive.rows(dao.stream("s1", DAY)).size() == 30;
    });
    Checks.check("mapper orders by a vector", () -> {
      List<Reading> near = dao.near(CqlVector.newInstance(9f, 2f, 1f), 2).all();
      return near.size() == 2 && near.get(0).getPlace().size() == 3;
    });
    Checks.check("mapper takes queries that are made", () -> {
      same(dao.between("s1", DAY, 3, 5).all().size(), 6);
      same(dao.between("s1", DAY, null, 5).all().size(), 15);
      return dao.between("s1", DAY, null, null).all().size() == 30;
    });
    Checks.check("mapper sets and gets entities", () -> {
      PreparedStatement insert = session.prepare("insert into readings (sensor, day, hour, minute, value, place) values (:sensor, :day, :hour, :minute, :value, :place)");
      Reading one = reading(DAY.plusDays(2), 1, 1);
      session.execute(dao.set(one, insert.bind()));
      PreparedStatement key = session.prepare("select * from readings where sensor = :sensor and day = :day");
      BoundStatementBuilder some = key.boundStatementBuilder();
      dao.setPart(one, some);
      Row row = session.execute(some.build()).one();
      return dao.get(row).getPlace().equals(one.getPlace());
    });
    Checks.check("mapper deletes a range", () -> {
      dao.deleteHour("s1", DAY, 4);
      return dao.between("s1", DAY, null, null).all().size() == 27;
    });
  }

  private static void hits(HitsDao dao) {
    Checks.check("mapper increments", () -> {
      dao.views("/", 3);
      dao.views("/", 4);
      dao.likes("/", -1);
      Hits hits = dao.find("/");
      return hits.getViews() == 7 && hits.getLikes() == -1;
    });
  }
}
