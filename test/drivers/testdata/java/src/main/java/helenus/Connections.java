package helenus;

import static helenus.Checks.same;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.RequestThrottlingException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.internal.core.session.throttling.ConcurrencyLimitingRequestThrottler;
import com.datastax.oss.driver.internal.core.session.throttling.RateLimitingRequestThrottler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Versions of the protocol, compression, throttling. */
final class Connections {
  private Connections() {}

  static void check(Features features) {
    for (String version : List.of("V3", "V4", "V5")) {
      for (String compression : List.of("none", "lz4", "snappy")) {
        if (version.equals("V5") && compression.equals("snappy")) {
          continue; // v5 has none
        }
        Checks.check(version + " " + compression, () -> speaks(features, version, compression));
      }
    }
    Checks.check("throttling by concurrency", () -> throttled(features, ConcurrencyLimitingRequestThrottler.class));
    Checks.check("throttling by rate", () -> throttled(features, RateLimitingRequestThrottler.class));
    Checks.check("metrics", () -> {
      try (CqlSession session = features.connect(c -> c
          .withStringList(DefaultDriverOption.METRICS_SESSION_ENABLED, List.of("bytes-sent", "cql-requests"))
          .withStringList(DefaultDriverOption.METRICS_NODE_ENABLED, List.of("pool.open-connections", "errors.request.others")), b -> {})) {
        session.execute("select release_version from system.local");
        return session.getMetrics().isPresent();
      }
    });
  }

  private static boolean speaks(Features features, String version, String compression) throws Exception {
    try (CqlSession session = features.connect(c -> c.withString(DefaultDriverOption.PROTOCOL_VERSION, version)
        .withString(DefaultDriverOption.PROTOCOL_COMPRESSION, compression), b -> b.withKeyspace("features"))) {
      same(session.getContext().getProtocolVersion().name(), version);
      int k = 1000 + version.hashCode() + compression.hashCode();
      String large = "väl ".repeat(200_000); // several segments, whole or compressed
      PreparedStatement insert = session.prepare("insert into many (k, c, v) values (?, ?, ?)");
      session.execute(insert.bind(k, 1, large));
      for (int c = 2; c < 200; c++) {
        session.execute(SimpleStatement.newInstance("insert into many (k, c, v) values (?, ?, ?)", k, c, "v" + c));
      }
      int rows = 0;
      for (Row row : session.execute(SimpleStatement.newInstance("select c, v from many where k = ?", k).setPageSize(50))) {
        same(row.getString("v"), row.getInt("c") == 1 ? large : "v" + row.getInt("c"));
        rows++;
      }
      session.execute("delete from many where k = " + k);
      return rows == 199;
    }
  }

  private static boolean throttled(Features features, Class<?> how) throws Exception {
    try (CqlSession session = features.connect(c -> c.withClass(DefaultDriverOption.REQUEST_THROTTLER_CLASS, how)
        .withInt(DefaultDriverOption.REQUEST_THROTTLER_MAX_CONCURRENT_REQUESTS, 4)
        .withInt(DefaultDriverOption.REQUEST_THROTTLER_MAX_REQUESTS_PER_SECOND, 500)
        .withDuration(DefaultDriverOption.REQUEST_THROTTLER_DRAIN_INTERVAL, Duration.ofMillis(5))
        .withInt(DefaultDriverOption.REQUEST_THROTTLER_MAX_QUEUE_SIZE, 200), b -> b.withKeyspace("features"))) {
      PreparedStatement insert = session.prepare("insert into many (k, c, v) values (7, ?, 'v')");
      List<CompletableFuture<AsyncResultSet>> all = new ArrayList<>();
      for (int c = 0; c < 2000; c++) {
        all.add(session.executeAsync(insert.bind(c)).toCompletableFuture());
      }
      int done = 0;
      int refused = 0;
      for (CompletableFuture<AsyncResultSet> one : all) {
        try {
          one.get();
          done++;
        } catch (java.util.concurrent.ExecutionException e) {
          if (!(e.getCause() instanceof RequestThrottlingException)) {
            throw e;
          }
          refused++;
        }
      }
      same(session.execute("select count(*) from many where k = 7").one().getLong(0), (long) done);
      session.execute("delete from many where k = 7");
      return done >= 200 && done + refused == 2000;
    }
  }
}
