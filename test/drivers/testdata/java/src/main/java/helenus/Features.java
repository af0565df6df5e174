package helenus;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.config.ProgrammaticDriverConfigLoaderBuilder;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What the driver has beyond queries, over TLS: Features HOST CA. */
public final class Features {
  private static final String[] SCHEMA = {
    "create keyspace features with replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "use features",
    "create type address (street text, zip int)",
    "create table employees (id uuid primary key, name text, salary int, home frozen<address>, before list<frozen<address>>,"
        + " known map<text, frozen<set<frozen<address>>>>)",
    "create table former (id uuid primary key, name text, salary int, home frozen<address>, before list<frozen<address>>,"
        + " known map<text, frozen<set<frozen<address>>>>)",
    "create table readings (sensor text, day date, hour int, minute int, value double, place vector<float, 3>, primary key ((sensor, day), hour, minute))",
    "create index on readings (place) using 'sai'",
    "create table hits (page text primary key, views counter, likes counter)",
    "create table many (k int, c int, v text, primary key (k, c))",
  };

  private final String host;
  private final SSLContext trusting;

  private Features(String host, Path authority) throws Exception {
    this.host = host;
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null);
    try (InputStream in = Files.newInputStream(authority)) {
      store.setCertificateEntry("authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    trusting = SSLContext.getInstance("TLS");
    trusting.init(null, trust.getTrustManagers(), null);
  }

  /** Connects with the keyspace in use, when there is one already, and with settings of one's own. */
  CqlSession connect(Consumer<ProgrammaticDriverConfigLoaderBuilder> settings, Consumer<CqlSessionBuilder> more) {
    ProgrammaticDriverConfigLoaderBuilder config = DriverConfigLoader.programmaticBuilder()
        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(30))
        .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, Duration.ofSeconds(30))
        .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, Duration.ofSeconds(30));
    settings.accept(config);
    CqlSessionBuilder builder = CqlSession.builder().addContactPoint(new InetSocketAddress(host, 9042)).withLocalDatacenter("datacenter1")
        .withSslContext(trusting).withConfigLoader(config.build());
    more.accept(builder);
    return builder.build();
  }

  public static void main(String[] args) {
    try {
      Features features = new Features(args[0], Path.of(args[1]));
      try (CqlSession session = features.connect(c -> {}, b -> {})) {
        for (String cql : SCHEMA) {
          session.execute(cql);
        }
        Connections.check(features);
        Mapping.check(session);
        Requests.check(session);
        Metadata.check(features, session);
        Builders.check(session);
      }
    } catch (Exception e) {
      System.out.println("not ok connect: " + e);
    }
  }
}
