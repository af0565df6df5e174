package helenus.spring;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.data.annotation.CreatedDate;
import org.springframework.data.annotation.LastModifiedDate;
import org.springframework.data.annotation.Version;
import org.springframework.data.cassandra.core.mapping.Column;
import org.springframework.data.cassandra.core.mapping.Indexed;
import org.springframework.data.cassandra.core.mapping.PrimaryKey;
import org.springframework.data.cassandra.core.mapping.SASI;
import org.springframework.data.cassandra.core.mapping.SASI.IndexMode;
import org.springframework.data.cassandra.core.mapping.Table;

/** A composite key, user types, every kind of index, dates that Spring keeps, and a version. */
@Table("people")
public class Person {
  enum Mood {
    GLAD,
    SAD
  }

  @PrimaryKey PersonKey key;
  @Column("first_name") String firstName;
  @Indexed String lastName;

  @SASI(indexMode = IndexMode.PREFIX)
  @SASI.NonTokenizingAnalyzed(caseSensitive = false)
  String nickname;

  @SASI(indexMode = IndexMode.CONTAINS)
  @SASI.StandardAnalyzed(value = "en", enableStemming = true, skipStopWords = true)
  String about;

  @SASI(indexMode = IndexMode.SPARSE)
  long number;

  int age;
  Mood mood;
  LocalDate born;
  Address home;
  List<Address> former;
  @Indexed Set<String> tags;
  Map<@Indexed String, String> notes;
  @CreatedDate Instant created;
  @LastModifiedDate Instant modified;
  @Version Long version;

  static Person of(String country, String city, int id) {
    Person p = new Person();
    p.key = new PersonKey(country, city, id);
    p.firstName = "First " + id;
    p.lastName = "Last" + id % 3;
    p.nickname = "Nick" + id;
    p.about = "someone running behind number " + id;
    p.number = 1000 + id;
    p.age = id;
    p.mood = id % 2 == 0 ? Mood.GLAD : Mood.SAD;
    p.born = LocalDate.of(2000, 1, 1).plusDays(id);
    p.home = new Address("Street " + id, id);
    p.former = List.of(new Address("Before", 1), new Address("Earlier", 2));
    p.tags = Set.of("t" + id % 4, "all");
    p.notes = Map.of("k" + id % 5, "v");
    return p;
  }
}
