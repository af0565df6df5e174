package helenus.spring;

import org.springframework.data.cassandra.core.mapping.PrimaryKey;
import org.springframework.data.cassandra.core.mapping.SaiIndexed;
import org.springframework.data.cassandra.core.mapping.Table;
import org.springframework.data.cassandra.core.mapping.VectorType;
import org.springframework.data.domain.Vector;

@Table
public record Doc(@PrimaryKey int id, @SaiIndexed String title, @SaiIndexed @VectorType(dimensions = 3) Vector embedding) {}
