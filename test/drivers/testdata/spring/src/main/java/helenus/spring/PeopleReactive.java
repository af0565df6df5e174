package helenus.spring;

import org.springframework.data.cassandra.repository.ReactiveCassandraRepository;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Slice;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

public interface PeopleReactive extends ReactiveCassandraRepository<Person, PersonKey> {
  Flux<Person> findByKeyCountry(String country);

  Mono<Slice<Person>> findByKeyCountry(String country, Pageable page);

  Mono<Long> countByKeyCountry(String country);
}
