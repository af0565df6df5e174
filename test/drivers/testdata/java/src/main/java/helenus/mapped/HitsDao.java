package helenus.mapped;

import com.datastax.oss.driver.api.mapper.annotations.Dao;
import com.datastax.oss.driver.api.mapper.annotations.Increment;
import com.datastax.oss.driver.api.mapper.annotations.Select;

@Dao
public interface HitsDao {
  @Increment(entityClass = Hits.class)
  void views(String page, long views);

  @Increment(entityClass = Hits.class)
  void likes(String page, long likes);

  @Select
  Hits find(String page);
}
