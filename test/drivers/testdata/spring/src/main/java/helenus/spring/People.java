package helenus.spring;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.data.cassandra.repository.AllowFiltering;
import org.springframework.data.cassandra.repository.CassandraRepository;
import org.springframework.data.cassandra.repository.Consistency;
import org.springframework.data.cassandra.repository.Query;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Slice;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;

public interface People extends CassandraRepository<Person, PersonKey> {
  interface Named {
    String getFirstName();

    String getLastName();
  }

  Slice<Person> findByKeyCountry(String country, Pageable page);

  Optional<Person> findFirstByKeyCountryOrderByKeyCityAsc(String country);

  List<Person> findByKeyCountryAndKeyCityIn(String country, Collection<String> cities);

  List<Person> findByKeyCountryAndKeyCityGreaterThan(String country, String city);

  List<Person> findByLastName(String lastName);

  List<Person> findByNicknameStartsWith(String prefix);

  List<Person> findByAboutContaining(String word);

  List<Person> findByNumberBetween(long from, long to);

  List<Person> findByTagsContains(String tag);

  @Query("select * from people where notes contains key ?0")
  List<Person> noted(String key);

  @AllowFiltering
  List<Named> findByAgeGreaterThanEqual(int age);

  @Consistency(DefaultConsistencyLevel.LOCAL_QUORUM)
  @Query("select first_name, lastname from people where country = :country and city = :city")
  Stream<Named> named(String country, String city);

  long countByKeyCountry(String country);

  @Query(value = "select count(*) from people", count = true)
  long all();

  boolean existsByKeyCountryAndKeyCity(String country, String city);

  void deleteByKeyCountryAndKeyCity(String country, String city);
}
