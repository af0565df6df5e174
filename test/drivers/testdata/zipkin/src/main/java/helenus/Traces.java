package helenus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import zipkin2.Endpoint;
import zipkin2.Span;
import zipkin2.storage.QueryRequest;
import zipkin2.storage.cassandra.CassandraStorage;

/** Zipkin's storage: Traces HOST. Prints one line a check. */
public final class Traces {
  private Traces() {}

  private interface Body {
    void run() throws Exception;
  }

  private static void check(String name, Body body) {
    try {
      body.run();
      System.out.println("ok " + name);
    } catch (Exception | AssertionError e) {
      System.out.println("not ok " + name + ": " + e.toString().replace('\n', ' '));
    }
  }

  private static void same(Object have, Object want) {
    if (!Objects.equals(have, want)) {
      throw new AssertionError(have + ", want " + want);
    }
  }

  public static void main(String[] args) {
    long now = System.currentTimeMillis();
    try (CassandraStorage storage = CassandraStorage.newBuilder().contactPoints(args[0]).localDc("datacenter1").ensureSchema(true)
        .autocompleteKeys(List.of("environment")).build()) {
      check("makes its schema", () -> same(storage.check().ok(), true));
      check("writes spans", () -> {
        List<Span> spans = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
          Span.Builder client = Span.newBuilder().traceId("7180c278b62e8f6a216a2aea45d08" + (100 + i)).id("b").name("get").kind(Span.Kind.CLIENT)
              .localEndpoint(Endpoint.newBuilder().serviceName("frontend").ip("127.0.0.1").build())
              .remoteEndpoint(Endpoint.newBuilder().serviceName("backend").ip("192.168.99.101").port(9000).build())
              .timestamp(now * 1000 + i).duration(i * 100_000L).addAnnotation(now * 1000 + i, "foo").putTag("http.path", "/api/" + i % 2).putTag("environment", "dev");
          if (i == 7) {
            client.putTag("error", "it failed");
          }
          spans.add(client.build());
        }
        storage.spanConsumer().accept(spans).execute();
      });
      check("reads a trace", () -> {
        List<Span> trace = storage.traces().getTrace("7180c278b62e8f6a216a2aea45d08103").execute();
        same(trace.size(), 1);
        same(trace.get(0).tags().get("http.path"), "/api/1");
      });
      check("names", () -> {
        same(storage.serviceAndSpanNames().getServiceNames().execute(), List.of("frontend"));
        same(storage.serviceAndSpanNames().getSpanNames("frontend").execute(), List.of("get"));
        same(storage.serviceAndSpanNames().getRemoteServiceNames("frontend").execute(), List.of("backend"));
        same(storage.autocompleteTags().getValues("environment").execute(), List.of("dev"));
      });
      QueryRequest.Builder query = QueryRequest.newBuilder().endTs(now + 86_400_000L).lookback(2 * 86_400_000L).limit(100);
      check("finds by service", () -> same(storage.spanStore().getTraces(query.serviceName("frontend").build()).execute().size(), 20));
      check("finds by remote service", () -> same(storage.spanStore().getTraces(query.remoteServiceName("backend").spanName("get").build()).execute().size(), 20));
      check("finds by duration", () -> same(storage.spanStore().getTraces(query.minDuration(450_000L).maxDuration(950_000L).build()).execute().size(), 5));
      check("finds by annotations and tags", () -> {
        QueryRequest.Builder tags = QueryRequest.newBuilder().endTs(now + 86_400_000L).lookback(2 * 86_400_000L).limit(100);
        same(storage.spanStore().getTraces(tags.annotationQuery(Map.of("http.path", "/api/1")).build()).execute().size(), 10);
        same(storage.spanStore().getTraces(tags.annotationQuery(Map.of("error", "")).build()).execute().size(), 1);
        same(storage.spanStore().getTraces(tags.annotationQuery(Map.of("http.path", "/api/1", "foo", "")).serviceName("frontend").build()).execute().size(), 10);
      });
    }
    System.exit(0);
  }
}
