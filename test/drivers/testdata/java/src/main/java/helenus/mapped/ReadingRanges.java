package helenus.mapped;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.PagingIterable;
import com.datastax.oss.driver.api.mapper.MapperContext;
import com.datastax.oss.driver.api.mapper.entity.EntityHelper;
import com.datastax.oss.driver.api.querybuilder.select.Select;
import java.time.LocalDate;

import static com.datastax.oss.driver.api.querybuilder.QueryBuilder.literal;

/** Makes queries whose bounds may be left out. */
public class ReadingRanges {
  private final CqlSession session;
  private final EntityHelper<Reading> helper;

  public ReadingRanges(MapperContext context, EntityHelper<Reading> helper) {
    this.session = context.getSession();
    this.helper = helper;
  }

  public PagingIterable<Reading> between(String sensor, LocalDate day, Integer from, Integer to) {
    Select select = helper.selectStart().whereColumn("sensor").isEqualTo(literal(sensor)).whereColumn("day").isEqualTo(literal(day));
    if (from != null) {
      select = select.whereColumn("hour").isGreaterThanOrEqualTo(literal(from));
    }
    if (to != null) {
      select = select.whereColumn("hour").isLessThan(literal(to));
    }
    return session.execute(select.build()).map(row -> helper.get(row, false));
  }
}
