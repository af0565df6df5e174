import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.dht.Murmur3Partitioner;
import org.apache.cassandra.dht.Murmur3Partitioner.LongToken;
import org.apache.cassandra.dht.Token;
import org.apache.cassandra.locator.AbstractNetworkTopologySnitch;
import org.apache.cassandra.locator.InetAddressAndPort;
import org.apache.cassandra.locator.NetworkTopologyStrategy;
import org.apache.cassandra.locator.Replica;
import org.apache.cassandra.locator.TokenMetadata;

// Prints whom Apache Cassandra's NetworkTopologyStrategy chooses as replicas in random rings, for internal/ring/testdata/replicas.txt:
//
//   go run ./test/reference/cmd java test/reference/Replicas.java internal/ring/testdata/replicas.txt
//
// A ring is a line of nodes, datacenter/rack:tokens, numbered from 1; the next line has the factors, each further one a token and its replicas.
public class Replicas {
    static final int RINGS = 150;

    public static void main(String[] args) throws Exception {
        DatabaseDescriptor.clientInitialization();
        DatabaseDescriptor.setPartitionerUnsafe(Murmur3Partitioner.instance);
        Random random = new Random(5);
        try (PrintStream out = new PrintStream(args[0])) {
            for (int i = 0; i < RINGS; i++)
                ring(random, out);
        }
        System.exit(0);
    }

    static void ring(Random random, PrintStream out) throws Exception {
        List<String[]> places = new ArrayList<>();
        int datacenters = 1 + random.nextInt(3);
        Map<String, String> factors = new TreeMap<>();
        for (int dc = 0; dc < datacenters; dc++) {
            int racks = 1 + random.nextInt(4), nodes = 1 + random.nextInt(7);
            for (int n = 0; n < nodes; n++)
                places.add(new String[]{ "dc" + dc, "r" + random.nextInt(racks) });
            factors.put("dc" + dc, String.valueOf(1 + random.nextInt(nodes + 1)));
        }
        Collections.shuffle(places, random);
        Map<InetAddressAndPort, String[]> at = new TreeMap<>();
        List<InetAddressAndPort> all = new ArrayList<>();
        for (int n = 0; n < places.size(); n++) {
            all.add(InetAddressAndPort.getByName("10.0.0." + (n + 1)));
            at.put(all.get(n), places.get(n));
        }
        AbstractNetworkTopologySnitch snitch = new AbstractNetworkTopologySnitch() {
            public String getDatacenter(InetAddressAndPort node) { return at.get(node)[0]; }
            public String getRack(InetAddressAndPort node) { return at.get(node)[1]; }
        };
        DatabaseDescriptor.setEndpointSnitch(snitch);
        TokenMetadata metadata = new TokenMetadata(snitch);
        TreeSet<Long> used = new TreeSet<>();
        List<String> nodes = new ArrayList<>();
        for (InetAddressAndPort node : all) {
            List<String> tokens = new ArrayList<>();
            for (int t = 1 + random.nextInt(4); t > 0; t--) {
                long token = random.nextInt(1000);
                if (!used.add(token))
                    continue;
                tokens.add(String.valueOf(token));
            }
            if (tokens.isEmpty()) { // every place was taken: one past them all
                long token = used.last() + 1000;
                used.add(token);
                tokens.add(String.valueOf(token));
            }
            metadata.updateNormalTokens(tokens.stream().map(t -> (Token) new LongToken(Long.parseLong(t))).collect(Collectors.toList()), node);
            nodes.add(at.get(node)[0] + "/" + at.get(node)[1] + ":" + String.join(",", tokens));
        }
        NetworkTopologyStrategy strategy = new NetworkTopologyStrategy("ks", metadata, snitch, factors);
        out.println("ring " + String.join(" ", nodes));
        out.println("factors " + factors.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining(" ")));
        for (int q = 0; q < 6; q++) {
            long token = random.nextInt(1100) - 50;
            List<String> replicas = new ArrayList<>();
            for (Replica r : strategy.calculateNaturalReplicas(new LongToken(token), metadata))
                replicas.add(String.valueOf(all.indexOf(r.endpoint()) + 1));
            out.println(token + ": " + String.join(" ", replicas));
        }
    }
}
