package drivers

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"helenus/test/server"
)

var article = []string{
	"create keyspace mykeyspace with replication = {'class':'SimpleStrategy','replication_factor':1}",
	"create table mykeyspace.posts (id int primary key, title varchar, content text, created_at timestamp)",
	"insert into mykeyspace.posts (id,title,content,created_at) values (1,'test','test entry.',dateof(now()))",
}

func TestGoDriver(t *testing.T) {
	node := server.Start(t, server.Options{})
	cluster := gocql.NewCluster(node.Host)
	cluster.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(gocql.RoundRobinHostPolicy())
	session, err := cluster.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, cql := range article {
		if err := session.Query(cql).Exec(); err != nil {
			t.Fatalf("%s: %v", cql, err)
		}
	}
	t.Run("article", func(t *testing.T) {
		var id int
		var title, content string
		var at time.Time
		if err := session.Query("select id, title, content, created_at from mykeyspace.posts").Scan(&id, &title, &content, &at); err != nil {
			t.Fatal(err)
		}
		if id != 1 || title != "test" || content != "test entry." || time.Since(at).Abs() > time.Minute {
			t.Errorf("got %d %q %q %s", id, title, content, at)
		}
	})
	t.Run("sees the schema", func(t *testing.T) {
		// The driver reads the schema some time after it is told of a change.
		deadline := time.After(15 * time.Second)
		for tick := time.NewTicker(100 * time.Millisecond); ; {
			meta, err := session.KeyspaceMetadata("mykeyspace")
			if err == nil {
				if posts := meta.Tables["posts"]; posts != nil && len(posts.Columns) == 4 && posts.PartitionKey[0].Name == "id" {
					return
				}
			}
			select {
			case <-tick.C:
			case <-deadline:
				t.Fatalf("schema not seen: %+v, %v", meta, err)
			}
		}
	})
	if err := session.Query("create table mykeyspace.many (k int, c int, v text, primary key (k, c))").Exec(); err != nil {
		t.Fatal(err)
	}
	const insert = "insert into mykeyspace.many (k, c, v) values (?, ?, ?)"
	t.Run("prepared and pages", func(t *testing.T) {
		for c := range 100 {
			if err := session.Query(insert, 1, c, fmt.Sprint("v", c)).Exec(); err != nil {
				t.Fatal(err)
			}
		}
		var got []int
		rows := session.Query("select c from mykeyspace.many where k = ?", 1).PageSize(7).Iter()
		for c := 0; rows.Scan(&c); {
			got = append(got, c)
		}
		if err := rows.Close(); err != nil || len(got) != 100 || !slices.IsSorted(got) {
			t.Errorf("%v, %v", got, err)
		}
	})
	t.Run("batch", func(t *testing.T) {
		b := session.Batch(gocql.LoggedBatch).Query(insert, 2, 1, "a").Query(insert, 2, 2, "b")
		if err := b.Exec(); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := session.Query("select count(*) from mykeyspace.many where k = 2").Scan(&n); err != nil || n != 2 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
	t.Run("errors", func(t *testing.T) {
		err := session.Query("insert into mykeyspace.many (k, c) values (1, 1)").Consistency(gocql.Three).Exec()
		var unavailable *gocql.RequestErrUnavailable
		if !errors.As(err, &unavailable) || unavailable.Required != 3 || unavailable.Alive != 1 {
			t.Errorf("got %v", err)
		}
		var request gocql.RequestError
		if err := session.Query("select nope from mykeyspace.many").Exec(); !errors.As(err, &request) || request.Code() != gocql.ErrCodeInvalid {
			t.Errorf("got %v", err)
		}
	})
}

// TestGoDriverVersions walks the protocol versions and compressions that the driver can be told to use.
func TestGoDriverVersions(t *testing.T) {
	node := server.Start(t, server.Options{})
	for _, version := range []int{3, 4, 5} {
		t.Run(fmt.Sprint("v", version), func(t *testing.T) {
			cluster := gocql.NewCluster(node.Host)
			cluster.ProtoVersion = version
			session, err := cluster.CreateSession()
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			var name string
			if err := session.Query("select cluster_name from system.local where key = ?", "local").Scan(&name); err != nil || name == "" {
				t.Errorf("%q, %v", name, err)
			}
		})
	}
}
