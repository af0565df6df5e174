package helenus.mapped;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.mapper.MapperBuilder;
import com.datastax.oss.driver.api.mapper.annotations.DaoFactory;
import com.datastax.oss.driver.api.mapper.annotations.DaoKeyspace;
import com.datastax.oss.driver.api.mapper.annotations.DaoTable;
import com.datastax.oss.driver.api.mapper.annotations.Mapper;

/** Makes the DAOs; the schema is checked against the entities as each is made. */
@Mapper
public interface FeaturesMapper {
  @DaoFactory
  EmployeeDao employees(@DaoKeyspace String keyspace, @DaoTable String table);

  @DaoFactory
  ReadingDao readings();

  @DaoFactory
  HitsDao hits();

  static MapperBuilder<FeaturesMapper> builder(CqlSession session) {
    return new FeaturesMapperBuilder(session);
  }
}
