package helenus.spring;

import org.springframework.data.cassandra.core.cql.Ordering;
import org.springframework.data.cassandra.core.cql.PrimaryKeyType;
import org.springframework.data.cassandra.core.mapping.PrimaryKeyClass;
import org.springframework.data.cassandra.core.mapping.PrimaryKeyColumn;

@PrimaryKeyClass
public record PersonKey(
    @PrimaryKeyColumn(type = PrimaryKeyType.PARTITIONED, ordinal = 0) String country,
    @PrimaryKeyColumn(type = PrimaryKeyType.CLUSTERED, ordinal = 1, ordering = Ordering.DESCENDING) String city,
    @PrimaryKeyColumn(type = PrimaryKeyType.CLUSTERED, ordinal = 2) Integer id) {}
