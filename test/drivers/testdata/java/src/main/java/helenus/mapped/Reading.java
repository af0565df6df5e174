package helenus.mapped;

import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.mapper.annotations.ClusteringColumn;
import com.datastax.oss.driver.api.mapper.annotations.CqlName;
import com.datastax.oss.driver.api.mapper.annotations.Entity;
import com.datastax.oss.driver.api.mapper.annotations.PartitionKey;
import com.datastax.oss.driver.api.mapper.annotations.PropertyStrategy;
import java.time.LocalDate;

/** An immutable entity with a composite key and a vector. */
@Entity
@CqlName("readings")
@PropertyStrategy(mutable = false)
public class Reading {
  @PartitionKey(1)
  private final LocalDate day;

  @PartitionKey private final String sensor;
  @ClusteringColumn private final int hour;

  @ClusteringColumn(1)
  private final int minute;

  private final Double value;
  private final CqlVector<Float> place;

  public Reading(String sensor, LocalDate day, int hour, int minute, Double value, CqlVector<Float> place) {
    this.sensor = sensor;
    this.day = day;
    this.hour = hour;
    this.minute = minute;
    this.value = value;
    this.place = place;
  }

  public LocalDate getDay() {
    return day;
  }

  public String getSensor() {
    return sensor;
  }

  public int getHour() {
    return hour;
  }

  public int getMinute() {
    return minute;
  }

  public Double getValue() {
    return value;
  }

  public CqlVector<Float> getPlace() {
    return place;
  }
}
