package helenus.mapped;

import com.datastax.oss.driver.api.mapper.annotations.Computed;
import com.datastax.oss.driver.api.mapper.annotations.CqlName;
import com.datastax.oss.driver.api.mapper.annotations.Entity;
import com.datastax.oss.driver.api.mapper.annotations.Transient;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Inherits its key, has user types inside collections and a computed column. */
@Entity
@CqlName("employees")
public class Employee extends Person {
  private Integer salary;
  private Address home;
  private List<Address> before;
  private Map<String, Set<Address>> known;
  @Transient private String note;
  @Computed("writetime(salary)")
  private Long written;

  public Integer getSalary() {
    return salary;
  }

  public void setSalary(Integer salary) {
    this.salary = salary;
  }

  public Address getHome() {
    return home;
  }

  public void setHome(Address home) {
    this.home = home;
  }

  public List<Address> getBefore() {
    return before;
  }

  public void setBefore(List<Address> before) {
    this.before = before;
  }

  public Map<String, Set<Address>> getKnown() {
    return known;
  }

  public void setKnown(Map<String, Set<Address>> known) {
    this.known = known;
  }

  public String getNote() {
    return note;
  }

  public void setNote(String note) {
    this.note = note;
  }

  public Long getWritten() {
    return written;
  }

  public void setWritten(Long written) {
    this.written = written;
  }
}
