//! The driver walk in Rust: walk HOST. Prints one line a check.
use bigdecimal_04::BigDecimal;
use futures::TryStreamExt;
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::client::Compression;
use scylla::statement::batch::{Batch, BatchType};
use scylla::statement::unprepared::Statement;
use scylla::statement::Consistency;
use scylla::value::{Counter, CqlDuration, CqlTimeuuid, CqlValue};
use scylla::{DeserializeRow, DeserializeValue, SerializeRow, SerializeValue};
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::time::Duration;

type Outcome = Result<bool, Box<dyn Error>>;

#[derive(Debug, Clone, PartialEq, SerializeValue, DeserializeValue)]
struct Address {
    street: String,
    zip: i32,
}

#[derive(Debug, Clone, PartialEq, SerializeRow, DeserializeRow)]
struct Many {
    k: i32,
    c: i32,
    v: Option<String>,
}

fn check(name: &str, outcome: Outcome) {
    match outcome {
        Ok(true) => println!("ok {name}"),
        Ok(false) => println!("not ok {name}: does not hold"),
        Err(e) => println!("not ok {name}: {e:?}"),
    }
}

async fn connect(host: &str, compression: Option<Compression>) -> Result<Session, Box<dyn Error>> {
    let patient = ExecutionProfile::builder().request_timeout(Some(Duration::from_secs(60))).build();
    Ok(SessionBuilder::new()
        .known_node(format!("{host}:9042"))
        .compression(compression)
        .connection_timeout(Duration::from_secs(30))
        .default_execution_profile_handle(patient.into_handle())
        .build()
        .await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let host = std::env::args().nth(1).expect("walk HOST");
    for compression in [Some(Compression::Lz4), Some(Compression::Snappy)] {
        let session = connect(&host, compression).await?;
        let release: (String,) = session.query_unpaged("SELECT release_version FROM system.local", ()).await?.into_rows_result()?.first_row()?;
        check(&format!("connects with {compression:?}"), Ok(release.0.starts_with("5.0")));
    }
    let session = connect(&host, None).await?;
    for cql in [
        "CREATE KEYSPACE walk WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 1}",
        "CREATE TYPE walk.address (street text, zip int)",
        "CREATE TABLE walk.many (k int, c int, v text, PRIMARY KEY (k, c))",
        "CREATE TABLE walk.hits (page text PRIMARY KEY, n counter)",
        "CREATE TABLE walk.kinds (id uuid PRIMARY KEY, b bigint, bo boolean, d date, de decimal, du duration, i inet, ts timestamp, tu timeuuid, ty tinyint, l list<int>, s set<text>, m map<text, bigint>, t tuple<int, text>, u frozen<address>, ve vector<float, 3>)",
    ] {
        session.query_unpaged(cql, ()).await?;
    }
    session.use_keyspace("walk", false).await?;
    check("prepared", prepared(&session).await);
    check("pages", pages(&session).await);
    check("token-aware", token_aware(&session).await);
    check("batch", batch(&session).await);
    check("counter", counter(&session).await);
    check("conditions", conditions(&session).await);
    check("types", types(&session).await);
    check("trace", trace(&session).await);
    check("metadata", metadata(&session).await);
    check("schema agreement", Ok(session.await_schema_agreement().await.is_ok()));
    check("syntax error", Ok(session.query_unpaged("SELEC 1", ()).await.unwrap_err().to_string().contains("no viable alternative")));
    check("unavailable", unavailable(&session).await);
    session.query_unpaged("DROP KEYSPACE walk", ()).await?;
    Ok(())
}

async fn prepared(session: &Session) -> Outcome {
    let insert = session.prepare("INSERT INTO many (k, c, v) VALUES (?, ?, ?)").await?;
    for c in 0..100 {
        session.execute_unpaged(&insert, Many { k: 1, c, v: Some(format!("v{c}")) }).await?;
    }
    let select = session.prepare("SELECT k, c, v FROM many WHERE k = ? AND c IN ?").await?;
    let result = session.execute_unpaged(&select, (1, vec![3, 5])).await?.into_rows_result()?;
    let rows = result.rows::<Many>()?.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.len() == 2 && rows[1].v.as_deref() == Some("v5"))
}

async fn pages(session: &Session) -> Outcome {
    let mut select = session.prepare("SELECT c FROM many WHERE k = 1").await?;
    select.set_page_size(7);
    let rows: Vec<(i32,)> = session.execute_iter(select, ()).await?.rows_stream::<(i32,)>()?.try_collect().await?;
    Ok(rows.len() == 100 && rows[99].0 == 99)
}

async fn token_aware(session: &Session) -> Outcome {
    let insert = session.prepare("INSERT INTO many (k, c, v) VALUES (?, ?, ?)").await?;
    let token = insert.calculate_token(&(7, 1, "x"))?.ok_or("no token")?;
    session.execute_unpaged(&insert, (7, 1, "x")).await?;
    let theirs: (i64,) = session.query_unpaged("SELECT token(k) FROM many WHERE k = 7", ()).await?.into_rows_result()?.first_row()?;
    let state = session.get_cluster_state();
    Ok(insert.is_token_aware() && token.value() == theirs.0 && state.get_token_endpoints("walk", "many", token).len() == 1 && state.get_nodes_info().iter().all(|n| n.sharder().is_none()))
}

async fn batch(session: &Session) -> Outcome {
    let mut batch = Batch::new(BatchType::Logged);
    batch.append_statement(session.prepare("INSERT INTO many (k, c, v) VALUES (?, ?, ?)").await?);
    batch.append_statement("INSERT INTO many (k, c, v) VALUES (2, 2, 'b')");
    session.batch(&batch, ((2, 1, "a"), ())).await?;
    let n: (i64,) = session.query_unpaged("SELECT count(*) FROM many WHERE k = 2", ()).await?.into_rows_result()?.first_row()?;
    Ok(n.0 == 2)
}

async fn counter(session: &Session) -> Outcome {
    session.query_unpaged("UPDATE hits SET n = n + ? WHERE page = ?", (Counter(5), "/")).await?;
    let n: (Counter,) = session.query_unpaged("SELECT n FROM hits WHERE page = '/'", ()).await?.into_rows_result()?.first_row()?;
    Ok(n.0 .0 == 5)
}

async fn conditions(session: &Session) -> Outcome {
    let insert = session.prepare("INSERT INTO many (k, c, v) VALUES (1, 1, 'z') IF NOT EXISTS").await?;
    let result = session.execute_unpaged(&insert, ()).await?.into_rows_result()?;
    let (applied, c, k, v) = result.first_row::<(bool, Option<i32>, Option<i32>, Option<String>)>()?;
    // The columns of the row follow in the table's order: k, c, v.
    Ok(!applied && c == Some(1) && k == Some(1) && v.as_deref() == Some("v1"))
}

async fn types(session: &Session) -> Outcome {
    let id = uuid::Uuid::from_u128(7);
    let insert = session.prepare("INSERT INTO kinds (id, b, bo, d, de, du, i, ts, tu, ty, l, s, m, t, u, ve) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").await?;
    let day = chrono_04::NaiveDate::from_ymd_opt(1969, 7, 20).unwrap();
    let moment = chrono_04::DateTime::from_timestamp_millis(1_000_000_000_123).unwrap();
    let exact: BigDecimal = "-12.3450".parse()?;
    let span = CqlDuration { months: -14, days: -3, nanoseconds: -5 };
    let time: CqlTimeuuid = "8e14e760-7fa8-11eb-bc66-000000000001".parse()?;
    let address = Address { street: "Main".into(), zip: 7 };
    let inet: std::net::IpAddr = "2001:db8::1".parse()?;
    let values = (
        (id, -5i64, true, day, exact.clone(), span, inet, moment),
        (time, -128i8, vec![1, 2], HashSet::from(["a".to_string()]), HashMap::from([("x".to_string(), 1i64 << 40)]), (1, "one".to_string()), address.clone(), vec![1f32, 2.0, 3.0]),
    );
    let (a, b) = values.clone();
    session.execute_unpaged(&insert, (a.0, a.1, a.2, a.3, a.4, a.5, a.6, a.7, b.0, b.1, b.2, b.3, b.4, b.5, b.6, b.7)).await?;
    type First = (uuid::Uuid, i64, bool, chrono_04::NaiveDate, BigDecimal, CqlDuration, std::net::IpAddr, chrono_04::DateTime<chrono_04::Utc>);
    type Second = (CqlTimeuuid, i8, Vec<i32>, HashSet<String>, HashMap<String, i64>, (i32, String), Address, Vec<f32>);
    let first: First = session.query_unpaged("SELECT id, b, bo, d, de, du, i, ts FROM kinds", ()).await?.into_rows_result()?.single_row()?;
    let second: Second = session.query_unpaged("SELECT tu, ty, l, s, m, t, u, ve FROM kinds", ()).await?.into_rows_result()?.single_row()?;
    let any: (CqlValue,) = session.query_unpaged("SELECT u FROM kinds", ()).await?.into_rows_result()?.single_row()?;
    Ok((first, second) == values && any.0.as_udt().is_some())
}

async fn trace(session: &Session) -> Outcome {
    let mut statement = Statement::new("SELECT * FROM many WHERE k = 1");
    statement.set_tracing(true);
    let id = session.query_unpaged(statement, ()).await?.tracing_id().ok_or("no trace")?;
    let info = session.get_tracing_info(&id).await?;
    Ok(info.coordinator.is_some() && !info.events.is_empty())
}

async fn metadata(session: &Session) -> Outcome {
    session.refresh_metadata().await?;
    let state = session.get_cluster_state();
    let keyspace = state.get_keyspace("walk").ok_or("no keyspace")?;
    Ok(keyspace.tables["many"].partition_key == ["k"] && keyspace.tables["many"].clustering_key == ["c"] && keyspace.user_defined_types.contains_key("address"))
}

async fn unavailable(session: &Session) -> Outcome {
    let mut statement = Statement::new("INSERT INTO many (k, c) VALUES (1, 1)");
    statement.set_consistency(Consistency::Three);
    let e = session.query_unpaged(statement, ()).await.unwrap_err().to_string();
    Ok(e.contains("required: 3") && e.contains("alive: 1"))
}
