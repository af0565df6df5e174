package helenus.spring;

import static helenus.spring.Checks.check;
import static helenus.spring.Checks.same;

import com.datastax.oss.driver.api.core.CqlSession;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.data.cassandra.config.EnableCassandraAuditing;
import org.springframework.data.cassandra.config.EnableReactiveCassandraAuditing;
import org.springframework.data.cassandra.core.CassandraTemplate;
import org.springframework.data.cassandra.core.InsertOptions;
import org.springframework.data.cassandra.core.ReactiveCassandraTemplate;
import org.springframework.data.cassandra.core.UpdateOptions;
import org.springframework.data.cassandra.core.query.CassandraPageRequest;
import org.springframework.data.cassandra.core.query.Columns;
import org.springframework.data.cassandra.core.query.Criteria;
import org.springframework.data.cassandra.core.query.Query;
import org.springframework.data.cassandra.core.query.Update;
import org.springframework.data.cassandra.core.query.VectorSort;
import org.springframework.data.domain.Slice;
import org.springframework.data.domain.Sort;
import org.springframework.data.domain.Vector;
import reactor.core.publisher.Flux;

/** An application on Spring Data Cassandra: App HOST. The first start makes the schema anew, the second takes what is there. */
@SpringBootApplication
@EnableCassandraAuditing
@EnableReactiveCassandraAuditing
public class App {
  public static void main(String[] args) {
    String host = args[0];
    try (CqlSession session = CqlSession.builder().addContactPoint(new InetSocketAddress(host, 9042)).withLocalDatacenter("datacenter1").build()) {
      session.execute("create keyspace spring with replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    }
    try (ConfigurableApplicationContext context = start(host, "recreate")) {
      People people = context.getBean(People.class);
      CassandraTemplate template = context.getBean(CassandraTemplate.class);
      repository(people);
      locking(people, template);
      template(template);
      vectors(template);
      reactive(context.getBean(PeopleReactive.class), context.getBean(ReactiveCassandraTemplate.class));
    } catch (Exception e) {
      System.out.println("not ok start: " + e);
    }
    try (ConfigurableApplicationContext context = start(host, "create-if-not-exists")) {
      check("a second start keeps what is there", () -> same(context.getBean(People.class).countByKeyCountry("jp"), 29L));
    } catch (Exception e) {
      System.out.println("not ok second start: " + e);
    }
  }

  private static ConfigurableApplicationContext start(String host, String action) {
    return new SpringApplication(App.class).run("--spring.cassandra.contact-points=" + host + ":9042", "--spring.cassandra.schema-action=" + action);
  }

  private static void repository(People people) {
    check("saves all", () -> {
      List<Person> all = new ArrayList<>();
      for (int id = 0; id < 30; id++) {
        all.add(Person.of("jp", id < 20 ? "tokyo" : "osaka", id));
      }
      people.saveAll(all);
      same(people.all(), 30L);
    });
    check("finds by id", () -> {
      Person found = people.findById(new PersonKey("jp", "tokyo", 7)).orElseThrow();
      same(found.firstName, "First 7");
      same(found.home, new Address("Street 7", 7));
      same(found.former, List.of(new Address("Before", 1), new Address("Earlier", 2)));
      same(found.mood, Person.Mood.SAD);
      same(found.version, 0L);
      same(found.created != null && found.modified != null, true);
    });
    check("slices", () -> {
      Slice<Person> slice = people.findByKeyCountry("jp", CassandraPageRequest.first(8));
      List<Integer> sizes = new ArrayList<>(List.of(slice.getNumberOfElements()));
      while (slice.hasNext()) {
        slice = people.findByKeyCountry("jp", slice.nextPageable());
        sizes.add(slice.getNumberOfElements());
      }
      same(sizes, List.of(8, 8, 8, 6));
    });
    check("derived queries", () -> {
      same(people.findFirstByKeyCountryOrderByKeyCityAsc("jp").orElseThrow().key.city(), "osaka");
      same(people.findByKeyCountryAndKeyCityIn("jp", List.of("osaka", "kyoto")).size(), 10);
      same(people.findByKeyCountryAndKeyCityGreaterThan("jp", "osaka").size(), 20);
      same(people.countByKeyCountry("jp"), 30L);
      same(people.existsByKeyCountryAndKeyCity("jp", "kyoto"), false);
      same(people.findByAgeGreaterThanEqual(25).size(), 5);
    });
    check("indexes", () -> {
      same(people.findByLastName("Last1").size(), 10);
      same(people.findByTagsContains("t3").size(), 7);
      same(people.noted("k4").size(), 6);
    });
    check("SASI indexes", () -> {
      same(people.findByNicknameStartsWith("nick2").size(), 11);
      same(people.findByAboutContaining("runs").size(), 30);
      same(people.findByNumberBetween(1003, 1006).size(), 2);
    });
    check("projections", () -> {
      try (var named = people.named("jp", "osaka")) {
        same(named.map(People.Named::getFirstName).limit(2).toList(), List.of("First 20", "First 21"));
      }
    });
    check("deletes", () -> {
      people.save(Person.of("fr", "paris", 1));
      people.deleteByKeyCountryAndKeyCity("fr", "paris");
      same(people.existsById(new PersonKey("fr", "paris", 1)), false);
    });
  }

  private static void locking(People people, CassandraTemplate template) {
    check("optimistic locking", () -> {
      PersonKey key = new PersonKey("jp", "tokyo", 1);
      Person one = people.findById(key).orElseThrow();
      Person other = people.findById(key).orElseThrow();
      Person third = people.findById(key).orElseThrow();
      one.firstName = "changed";
      same(people.save(one).version, 1L);
      same(one.modified.isAfter(one.created), true);
      try {
        people.save(other);
        throw new AssertionError("a stale version was saved");
      } catch (OptimisticLockingFailureException expected) {
        same(people.findById(key).orElseThrow().firstName, "changed");
      }
      try {
        template.delete(third);
        throw new AssertionError("a stale version was deleted");
      } catch (OptimisticLockingFailureException expected) {
        template.delete(one);
      }
      same(people.existsById(key), false);
    });
  }

  private static void template(CassandraTemplate template) {
    check("inserts if not exists, with a TTL", () -> {
      Doc doc = new Doc(100, "once", Vector.of(0.5f, 0.5f, 0.5f));
      InsertOptions once = InsertOptions.builder().withIfNotExists().ttl(500).build();
      same(template.insert(doc, once).wasApplied(), true);
      same(template.insert(doc, once).wasApplied(), false);
      int ttl = template.getCqlOperations().queryForObject("select ttl(title) from doc where id = 100", Integer.class);
      same(ttl > 400 && ttl <= 500, true);
    });
    check("updates if", () -> {
      UpdateOptions stale = UpdateOptions.builder().ifCondition(Criteria.where("title").is("nothing")).build();
      same(template.update(new Doc(100, "twice", Vector.of(1f, 0f, 0f)), stale).wasApplied(), false);
      UpdateOptions fresh = UpdateOptions.builder().ifCondition(Criteria.where("title").is("once")).build();
      same(template.update(new Doc(100, "twice", Vector.of(1f, 0f, 0f)), fresh).wasApplied(), true);
      same(template.selectOneById(100, Doc.class).title(), "twice");
      same(template.deleteById(100, Doc.class), true);
    });
    check("updates parts", () -> {
      Query osaka = Query.query(Criteria.where("key.country").is("jp"), Criteria.where("key.city").is("osaka"), Criteria.where("key.id").is(20));
      Update parts = Update.empty().set("firstName", "Changed").addTo("former").append(new Address("Last", 3)).addTo("tags").append("more").remove("tags", "all").set("age", 99);
      same(template.update(osaka, parts, Person.class), true);
      Person changed = template.selectOne(osaka, Person.class);
      same(changed.former.size(), 3);
      same(changed.tags.contains("more") && !changed.tags.contains("all"), true);
      same(changed.age, 99);
    });
    check("queries", () -> {
      Query tokyo = Query.query(Criteria.where("key.country").is("jp")).and(Criteria.where("key.city").gte("osaka")).sort(Sort.by("key.city").ascending()).limit(12);
      List<Person> found = template.select(tokyo, Person.class);
      same(found.size(), 12);
      same(found.get(0).key.city(), "osaka");
      same(template.count(Query.query(Criteria.where("age").gt(90)).withAllowFiltering(), Person.class), 1L);
      same(template.exists(Query.query(Criteria.where("lastName").is("nobody")), Person.class), false);
      same(template.slice(Query.empty().pageRequest(CassandraPageRequest.first(5)), Person.class).getNumberOfElements(), 5);
    });
    check("batches", () -> {
      template.batchOps().insert(Arrays.asList(new Doc(201, "b1", Vector.of(1f, 2f, 3f)), new Doc(202, "b2", Vector.of(1f, 2f, 4f)))).withTimestamp(1234).execute();
      same(template.getCqlOperations().queryForObject("select writetime(title) from doc where id = 202", Long.class), 1234L);
      template.truncate(Doc.class);
      same(template.count(Doc.class), 0L);
    });
  }

  private static void vectors(CassandraTemplate template) {
    check("vectors", () -> {
      for (int id = 0; id < 10; id++) {
        template.insert(new Doc(id, "t" + id % 2, Vector.of(id, 10 - id, 1f)));
      }
      Vector near = Vector.of(9f, 1f, 1f);
      Query query = Query.select(Columns.empty().include("id").include("title").include("embedding")).sort(VectorSort.ann("embedding", near)).limit(3);
      List<Doc> found = template.select(query, Doc.class);
      same(found.size(), 3);
      same(found.get(0).id(), 9);
      same(found.get(0).embedding().toFloatArray()[1], 1f);
      same(template.select(Query.query(Criteria.where("title").is("t1")).sort(VectorSort.ann("embedding", near)).limit(2), Doc.class).get(1).id(), 7);
    });
  }

  private static void reactive(PeopleReactive people, ReactiveCassandraTemplate template) {
    check("reactive repository", () -> {
      same(people.saveAll(Flux.range(0, 20).map(id -> Person.of("de", "berlin", id))).count().block(), 20L);
      same(people.countByKeyCountry("de").block(), 20L);
      same(people.findByKeyCountry("de").limitRate(3).map(p -> p.age).reduce(Integer::sum).block(), 190);
      Slice<Person> slice = people.findByKeyCountry("de", CassandraPageRequest.first(15)).block();
      same(people.findByKeyCountry("de", slice.nextPageable()).block().getNumberOfElements(), 5);
    });
    check("reactive template", () -> {
      same(template.insert(new Doc(300, "r", Vector.of(1f, 1f, 1f))).map(Doc::id).block(), 300);
      same(template.select(Query.query(Criteria.where("title").is("r")), Doc.class).collectList().block().size(), 1);
      same(template.delete(Query.query(Criteria.where("id").is(300)), Doc.class).block(), true);
    });
  }
}
