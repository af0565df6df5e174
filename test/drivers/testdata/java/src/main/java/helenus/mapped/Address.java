package helenus.mapped;

import com.datastax.oss.driver.api.mapper.annotations.Entity;
import com.datastax.oss.driver.api.mapper.annotations.SchemaHint;
import java.util.Objects;

/** A user type. */
@Entity
@SchemaHint(targetElement = SchemaHint.TargetElement.UDT)
public class Address {
  private String street;
  private int zip;

  public Address() {}

  public Address(String street, int zip) {
    this.street = street;
    this.zip = zip;
  }

  public String getStreet() {
    return street;
  }

  public void setStreet(String street) {
    this.street = street;
  }

  public int getZip() {
    return zip;
  }

  public void setZip(int zip) {
    this.zip = zip;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Address && ((Address) other).zip == zip && Objects.equals(((Address) other).street, street);
  }

  @Override
  public int hashCode() {
    return Objects.hash(street, zip);
  }
}
