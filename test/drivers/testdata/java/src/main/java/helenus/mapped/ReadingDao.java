package helenus.mapped;

import com.datastax.oss.driver.api.core.MappedAsyncPagingIterable;
import com.datastax.oss.driver.api.core.PagingIterable;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.mapper.annotations.Dao;
import com.datastax.oss.driver.api.mapper.annotations.Delete;
import com.datastax.oss.driver.api.mapper.annotations.GetEntity;
import com.datastax.oss.driver.api.mapper.annotations.Insert;
import com.datastax.oss.driver.api.mapper.annotations.Query;
import com.datastax.oss.driver.api.mapper.annotations.QueryProvider;
import com.datastax.oss.driver.api.mapper.annotations.Select;
import com.datastax.oss.driver.api.mapper.annotations.SetEntity;
import com.datastax.oss.driver.api.mapper.annotations.StatementAttributes;
import com.datastax.dse.driver.api.mapper.reactive.MappedReactiveResultSet;
import java.time.LocalDate;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

@Dao
public interface ReadingDao {
  @Insert(ttl = ":seconds")
  CompletionStage<Void> saveFor(Reading reading, int seconds);

  @SetEntity
  BoundStatement set(Reading reading, BoundStatement statement);

  @SetEntity(lenient = true)
  void setPart(Reading reading, BoundStatementBuilder statement);

  @GetEntity
  Reading get(Row row);

  @Select
  @StatementAttributes(pageSize = 7, consistencyLevel = "LOCAL_QUORUM", idempotence = true)
  CompletionStage<MappedAsyncPagingIterable<Reading>> pages(String sensor, LocalDate day);

  @Select(perPartitionLimit = "2", orderBy = "hour DESC")
  PagingIterable<Reading> latest(String sensor, LocalDate day);

  @Select
  Stream<Reading> ofHour(String sensor, LocalDate day, int hour);

  @Select
  MappedReactiveResultSet<Reading> stream(String sensor, LocalDate day);

  @Query("SELECT * FROM readings ORDER BY place ANN OF :near LIMIT :most")
  PagingIterable<Reading> near(CqlVector<Float> near, int most);

  @QueryProvider(providerClass = ReadingRanges.class, entityHelpers = Reading.class)
  PagingIterable<Reading> between(String sensor, LocalDate day, Integer from, Integer to);

  @Delete(entityClass = Reading.class)
  void deleteHour(String sensor, LocalDate day, int hour);
}
