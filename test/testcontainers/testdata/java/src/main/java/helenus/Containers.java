package helenus;

import com.datastax.oss.driver.api.core.CqlSession;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.testcontainers.cassandra.CassandraContainer;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.utility.DockerImageName;

/** Starts the image as testcontainers-java's Cassandra module does. Prints one line a check. */
public final class Containers {
  private static final DockerImageName IMAGE = DockerImageName.parse("cassandra");

  private interface Body {
    boolean holds() throws Exception;
  }

  private static void check(String name, Body body) {
    try {
      System.out.println(body.holds() ? "ok " + name : "not ok " + name + ": another answer");
    } catch (Throwable e) {
      System.out.println("not ok " + name + ": " + e.toString().replace('\n', ' '));
    }
  }

  private static CqlSession session(CassandraContainer container) {
    return CqlSession.builder()
        .addContactPoint(container.getContactPoint())
        .withLocalDatacenter(container.getLocalDatacenter())
        .build();
  }

  private static String text(CqlSession session, String query) {
    return session.execute(query).one().getString(0);
  }

  private static boolean refuses(CassandraContainer container) {
    try (container) {
      container.start();
      return false;
    } catch (ContainerLaunchException e) {
      return true;
    }
  }

  public static void main(String[] args) {
    check("start", () -> {
      try (CassandraContainer container = new CassandraContainer(IMAGE)) {
        container.start();
        try (CqlSession session = session(container)) {
          return text(session, "SELECT release_version FROM system.local").startsWith("5.0.");
        }
      }
    });
    check("init script", () -> {
      try (CassandraContainer container = new CassandraContainer(IMAGE).withInitScript("init.cql")) {
        container.start();
        try (CqlSession session = session(container)) {
          return text(session, "SELECT name FROM test_keyspace.catalog_category").equals("test_category");
        }
      }
    });
    check("init script that fails", () -> refuses(new CassandraContainer(IMAGE).withInitScript("broken.cql")));
    check("configuration", () -> {
      try (CassandraContainer container = new CassandraContainer(IMAGE).withConfigurationOverride("other")) {
        container.start();
        try (CqlSession session = session(container)) {
          return text(session, "SELECT cluster_name FROM system.local").equals("My Cluster");
        }
      }
    });
    check("configuration that is empty", () -> refuses(new CassandraContainer(IMAGE).withConfigurationOverride("empty").withStartupTimeout(Duration.ofSeconds(20))));
    check("deprecated class", () -> {
      try (var container = new org.testcontainers.containers.CassandraContainer<>(IMAGE).withInitScript("init.cql")) {
        container.start();
        try (CqlSession session = CqlSession.builder()
            .addContactPoint(new InetSocketAddress(container.getHost(), container.getMappedPort(9042)))
            .withLocalDatacenter(container.getLocalDatacenter())
            .build()) {
          return text(session, "SELECT name FROM test_keyspace.catalog_category").equals("test_category");
        }
      }
    });
    System.exit(0);
  }
}
