package helenus.mapped;

import com.datastax.oss.driver.api.mapper.annotations.PartitionKey;
import java.util.UUID;

/** What every person has; tables belong to those that extend it. */
public abstract class Person {
  @PartitionKey private UUID id;
  private String name;

  public UUID getId() {
    return id;
  }

  public void setId(UUID id) {
    this.id = id;
  }

  public String getName() {
    return name;
  }

  public void setName(String name) {
    this.name = name;
  }
}
