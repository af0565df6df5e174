package helenus.mapped;

import com.datastax.oss.driver.api.core.PagingIterable;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.mapper.annotations.Dao;
import com.datastax.oss.driver.api.mapper.annotations.Delete;
import com.datastax.oss.driver.api.mapper.annotations.Insert;
import com.datastax.oss.driver.api.mapper.annotations.Query;
import com.datastax.oss.driver.api.mapper.annotations.Select;
import com.datastax.oss.driver.api.mapper.annotations.Update;
import com.datastax.oss.driver.api.mapper.entity.saving.NullSavingStrategy;
import java.util.UUID;

@Dao
public interface EmployeeDao {
  @Insert
  void save(Employee employee);

  @Insert(ifNotExists = true)
  boolean saveNew(Employee employee);

  @Insert(timestamp = ":timestamp", nullSavingStrategy = NullSavingStrategy.SET_TO_NULL)
  BoundStatement bound(Employee employee, long timestamp);

  @Select
  Employee find(UUID id);

  @Select(customWhereClause = "salary >= :least", allowFiltering = true, limit = ":most")
  PagingIterable<Employee> paid(int least, int most);

  @Update
  void update(Employee employee);

  @Update(ifExists = true)
  boolean updateThere(Employee employee);

  @Update(customIfClause = "salary = :expected")
  ResultSet updateIf(Employee employee, int expected);

  @Update(customWhereClause = "id IN (:first, :second)")
  void updateBoth(Employee employee, UUID first, UUID second);

  @Query("SELECT count(*) FROM ${qualifiedTableId}")
  long count();

  @Delete(ifExists = true)
  boolean delete(Employee employee);

  @Delete(customIfClause = "salary = :expected")
  ResultSet deleteIf(Employee employee, int expected);
}
