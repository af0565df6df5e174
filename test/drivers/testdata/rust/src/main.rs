//! The walk of ScyllaDB's driver for Rust: walk HOST. Prints one line a check.
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fmt::Debug;
use std::future::Future;
use std::ops::ControlFlow;

use futures::{StreamExt, TryStreamExt};
use scylla::client::caching_session::CachingSessionBuilder;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::client::Compression;
use scylla::errors::{DbError, ExecutionError, RequestAttemptError};
use scylla::response::PagingState;
use scylla::statement::batch::{Batch, BatchType};
use scylla::statement::unprepared::Statement;
use scylla::statement::{Consistency, SerialConsistency};
use scylla::value::{Counter, CqlDate, CqlDecimal, CqlDuration, CqlTime, CqlTimestamp, CqlTimeuuid, CqlVarint, MaybeUnset};
use scylla::{DeserializeRow, DeserializeValue, SerializeRow, SerializeValue};
use uuid::Uuid;

type Outcome = Result<(), Box<dyn Error>>;

const SCHEMA: [&str; 10] = [
    "create keyspace rust with replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 1}",
    "create type rust.address (street text, zip int, tags frozen<set<text>>)",
    "create table rust.many (k int, c int, v text, primary key (k, c))",
    "create table rust.people (id uuid primary key, name text, home frozen<address>, former list<frozen<address>>, pair tuple<int, text>)",
    "create table rust.hits (page text primary key, n counter)",
    "create table rust.places (id int primary key, v vector<float, 3>, words vector<text, 2>)",
    "create table rust.kinds (id timeuuid primary key, a ascii, b bigint, bl blob, bo boolean, d date, de decimal, dou double, du duration, f float,
       i inet, ti time, ts timestamp, ty tinyint, sm smallint, v varint, l list<int>, s set<text>, m map<text, frozen<list<int>>>)",
    "create table rust.large (k int primary key, v text)",
    "create index on rust.places (v) using 'sai'",
    "create materialized view rust.by_v as select * from rust.many where v is not null and k is not null and c is not null primary key (v, k, c)",
];

#[derive(Debug, Clone, PartialEq, SerializeValue, DeserializeValue)]
struct Address {
    street: String,
    zip: Option<i32>,
    tags: HashSet<String>,
}

#[derive(Debug, Clone, PartialEq, SerializeRow, DeserializeRow)]
struct Person {
    id: Uuid,
    name: String,
    home: Address,
    former: Vec<Address>,
    pair: (i32, Option<String>),
}

fn same<T: PartialEq + Debug>(have: T, want: T) -> Outcome {
    if have == want {
        return Ok(());
    }
    Err(format!("{have:?}, want {want:?}").into())
}

async fn check(name: &str, body: impl Future<Output = Outcome>) {
    match body.await {
        Ok(()) => println!("ok {name}"),
        Err(e) => println!("not ok {name}: {}", e.to_string().replace('\n', " ")),
    }
}

async fn connect(host: &str, compression: Option<Compression>) -> Result<Session, Box<dyn Error>> {
    Ok(SessionBuilder::new().known_node(host).compression(compression).build().await?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let host = std::env::args().nth(1).ok_or("walk HOST")?;
    let session = connect(&host, None).await?;
    for statement in SCHEMA {
        session.query_unpaged(statement, ()).await?;
    }
    session.use_keyspace("rust", false).await?;
    check("prepared", prepared(&session)).await;
    check("pages", pages(&session)).await;
    check("batches", batches(&session)).await;
    check("transactions", transactions(&session)).await;
    check("counters", counters(&session)).await;
    check("user types and tuples", people(&session)).await;
    check("vectors", vectors(&session)).await;
    check("types", kinds(&session)).await;
    check("traces", traces(&session)).await;
    check("warnings", warnings(&session)).await;
    check("errors", errors(&session)).await;
    check("metadata", metadata(&session)).await;
    check("tokens", tokens(&session)).await;
    check("schema agreement", async {
        let version = session.await_schema_agreement().await?;
        same(session.check_schema_agreement().await?, Some(version))
    })
    .await;
    check("what is prepared outlives ALTER TABLE", altered(&session)).await;
    for (name, compression) in [("lz4", Compression::Lz4), ("snappy", Compression::Snappy)] {
        check(name, compressed(&host, compression)).await;
    }
    check("caching session", caching(connect(&host, None).await?)).await;
    session.query_unpaged("drop keyspace rust", ()).await?;
    Ok(())
}

async fn prepared(session: &Session) -> Outcome {
    let insert = session.prepare("insert into many (k, c, v) values (?, ?, ?)").await?;
    for c in 0..100 {
        session.execute_unpaged(&insert, (1, c, format!("v{c}"))).await?;
    }
    session.execute_unpaged(&insert, (1, 5, MaybeUnset::<String>::Unset)).await?;
    let select = session.prepare("select c, v from many where k = :k and c in :cs").await?;
    let rows = session.execute_unpaged(&select, (1, vec![3, 5])).await?.into_rows_result()?;
    let found = rows.rows::<(i32, &str)>()?.collect::<Result<Vec<_>, _>>()?;
    same(found, vec![(3, "v3"), (5, "v5")])
}

async fn pages(session: &Session) -> Outcome {
    let mut select = session.prepare("select c from many where k = ?").await?;
    select.set_page_size(7);
    let mut rows = session.execute_iter(select.clone(), (1,)).await?.rows_stream::<(i32,)>()?;
    let mut next = 0;
    while let Some((c,)) = rows.try_next().await? {
        same(c, next)?;
        next += 1;
    }
    same(next, 100)?;
    let (mut state, mut count) = (PagingState::start(), 0);
    loop {
        let (page, after) = session.execute_single_page(&select, (1,), state).await?;
        count += 1;
        match after.into_paging_control_flow() {
            ControlFlow::Continue(following) => state = following,
            ControlFlow::Break(()) => {
                same(page.into_rows_result()?.rows_num(), 2)?;
                break;
            }
        }
    }
    same(count, 15)?;
    let all = session.query_iter("select k, c, v from many", ()).await?.rows_stream::<(i32, i32, String)>()?;
    same(all.count().await, 100)
}

async fn batches(session: &Session) -> Outcome {
    let insert = session.prepare("insert into many (k, c, v) values (?, ?, ?)").await?;
    let mut batch = Batch::new(BatchType::Logged);
    batch.append_statement(insert);
    batch.append_statement("insert into many (k, c, v) values (2, 2, 'literal')");
    batch.append_statement("update many set v = ? where k = ? and c = ?");
    batch.set_timestamp(Some(1234));
    session.batch(&batch, ((2, 1, "prepared"), (), ("updated", 2, 3))).await?;
    let written = session.query_unpaged("select c, writetime(v) from many where k = 2", ()).await?.into_rows_result()?;
    let rows = written.rows::<(i32, i64)>()?.collect::<Result<Vec<_>, _>>()?;
    same(rows, vec![(1, 1234), (2, 1234), (3, 1234)])?;
    let mut counts = Batch::new(BatchType::Counter);
    counts.append_statement("update hits set n = n + ? where page = ?");
    counts.append_statement("update hits set n = n - 1 where page = '/b'");
    session.batch(&counts, ((Counter(4), "/b"), ())).await?;
    let n = session.query_unpaged("select n from hits where page = '/b'", ()).await?.into_rows_result()?.single_row::<(Counter,)>()?;
    same(n.0 .0, 3)
}

async fn transactions(session: &Session) -> Outcome {
    let mut once = session.prepare("insert into many (k, c, v) values (?, 1, 'once') if not exists").await?;
    same(once.is_confirmed_lwt(), false)?; // an extension of ScyllaDB's protocol
    once.set_serial_consistency(Some(SerialConsistency::LocalSerial));
    let first = session.execute_unpaged(&once, (9,)).await?.into_rows_result()?;
    same(first.single_row::<(bool,)>()?, (true,))?;
    let again = session.execute_unpaged(&once, (9,)).await?.into_rows_result()?;
    same(again.single_row::<(bool, i32, i32, &str)>()?, (false, 9, 1, "once"))?;
    let mut read = Statement::new("select v from many where k = 9 and c = 1");
    read.set_consistency(Consistency::Serial);
    same(session.query_unpaged(read, ()).await?.into_rows_result()?.single_row::<(String,)>()?.0, "once".to_string())
}

async fn counters(session: &Session) -> Outcome {
    let add = session.prepare("update hits set n = n + ? where page = ?").await?;
    for n in [5, 7, -2] {
        session.execute_unpaged(&add, (Counter(n), "/")).await?;
    }
    let n = session.query_unpaged("select n from hits where page = '/'", ()).await?.into_rows_result()?.single_row::<(Counter,)>()?;
    same(n.0 .0, 10)
}

async fn people(session: &Session) -> Outcome {
    let home = Address { street: "Main".into(), zip: Some(5), tags: HashSet::from(["a".into(), "b".into()]) };
    let person =
        Person { id: Uuid::new_v4(), name: "ann".into(), former: vec![home.clone(), Address { street: "First".into(), zip: None, tags: HashSet::new() }], home, pair: (1, None) };
    session.query_unpaged("insert into people (id, name, home, former, pair) values (?, ?, ?, ?, ?)", &person).await?;
    let found = session.query_unpaged("select * from people where id = ?", (person.id,)).await?.into_rows_result()?.single_row::<Person>()?;
    same(found, person)
}

async fn vectors(session: &Session) -> Outcome {
    let insert = session.prepare("insert into places (id, v, words) values (?, ?, ?)").await?;
    for id in 0..10 {
        session.execute_unpaged(&insert, (id, vec![id as f32, 1.0, 0.0], vec!["one", "two words"])).await?;
    }
    let near = session.prepare("select id, v, words, similarity_cosine(v, ?) from places order by v ann of ? limit 2").await?;
    let at = vec![9f32, 1.0, 0.0];
    let rows = session.execute_unpaged(&near, (&at, &at)).await?.into_rows_result()?;
    let (id, v, words, similarity) = rows.first_row::<(i32, Vec<f32>, Vec<String>, f32)>()?;
    same((id, v, words, similarity > 0.999), (9, at, vec!["one".to_string(), "two words".to_string()], true))
}

async fn kinds(session: &Session) -> Outcome {
    let id = CqlTimeuuid::from(Uuid::new_v1(uuid::Timestamp::now(uuid::NoContext), &[1, 2, 3, 4, 5, 6]));
    let insert = session.prepare("insert into kinds (id, a, b, bl, bo, d, de, dou, du, f, i, ti, ts, ty, sm, v) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").await?;
    let decimal = CqlDecimal::from_signed_be_bytes_and_exponent(vec![0x01, 0x00], 2);
    let duration = CqlDuration { months: 1, days: -0, nanoseconds: 3_600_000_000_000 };
    let address: std::net::IpAddr = "::1".parse()?;
    let one = (id, "ascii", 1i64 << 40, vec![0u8, 1], true, CqlDate(1 << 31), decimal.clone(), 2.5f64);
    let two = (duration, 1.5f32, address, CqlTime(86_399_999_999_999), CqlTimestamp(-1), -1i8, -2i16, CqlVarint::from_signed_bytes_be_slice(&[0xff, 0x00]));
    session.execute_unpaged(&insert, (one.0, one.1, one.2, &one.3, one.4, one.5, &one.6, one.7, two.0, two.1, two.2, two.3, two.4, two.5, two.6, &two.7)).await?;
    let lists = HashMap::from([("x".to_string(), vec![1, 2]), ("y".to_string(), vec![])]);
    session.query_unpaged("update kinds set l = ?, s = ?, m = ? where id = ?", (vec![3, 4], HashSet::from(["b", "a"]), &lists, id)).await?;
    let rows = session.query_unpaged("select id, a, b, bl, bo, d, de, dou from kinds where id = ?", (id,)).await?.into_rows_result()?;
    same(rows.single_row()?, one)?;
    let rows = session.query_unpaged("select du, f, i, ti, ts, ty, sm, v from kinds where id = ?", (id,)).await?.into_rows_result()?;
    same(rows.single_row()?, two)?;
    let rows = session.query_unpaged("select l, s, m from kinds where id = ?", (id,)).await?.into_rows_result()?;
    let (l, s, m) = rows.single_row::<(Vec<i32>, Vec<String>, HashMap<String, Vec<i32>>)>()?;
    same((l, s, m), (vec![3, 4], vec!["a".to_string(), "b".to_string()], lists))
}

async fn traces(session: &Session) -> Outcome {
    let mut traced = session.prepare("select * from many where k = ?").await?;
    traced.set_tracing(true);
    let id = session.execute_unpaged(&traced, (1,)).await?.tracing_id().ok_or("no tracing id")?;
    let trace = session.get_tracing_info(&id).await?;
    same(trace.request.as_deref(), Some("Execute CQL3 prepared query"))?;
    same(trace.nodes().len(), 1)?;
    same(trace.events.len() >= 2 && trace.duration > Some(0) && trace.started_at.is_some(), true)
}

async fn warnings(session: &Session) -> Outcome {
    let counted = session.query_unpaged("select count(*) from many", ()).await?;
    let warned: Vec<&str> = counted.warnings().collect();
    same(warned, vec!["Aggregation query used without partition key"])
}

async fn errors(session: &Session) -> Outcome {
    for (statement, syntax) in [("selec 1", true), ("select nope from many", false)] {
        match session.query_unpaged(statement, ()).await {
            Err(ExecutionError::LastAttemptError(RequestAttemptError::DbError(DbError::SyntaxError, _))) if syntax => {}
            Err(ExecutionError::LastAttemptError(RequestAttemptError::DbError(DbError::Invalid, _))) if !syntax => {}
            other => return Err(format!("{statement}: {other:?}").into()),
        }
    }
    let mut three = Statement::new("insert into many (k, c) values (1, 1)");
    three.set_consistency(Consistency::Three);
    match session.query_unpaged(three, ()).await {
        Err(ExecutionError::LastAttemptError(RequestAttemptError::DbError(DbError::Unavailable { required, alive, .. }, _))) => same((required, alive), (3, 1)),
        other => Err(format!("{other:?}").into()),
    }
}

async fn metadata(session: &Session) -> Outcome {
    session.refresh_metadata().await?;
    let state = session.get_cluster_state();
    let rust = state.get_keyspace("rust").ok_or("no keyspace")?;
    same(rust.tables.len(), 6)?;
    same(rust.user_defined_types["address"].field_types.len(), 3)?;
    same(rust.views["by_v"].base_table_name.as_str(), "many")?;
    let many = &rust.tables["many"];
    same((many.partition_key.clone(), many.clustering_key.clone()), (vec!["k".to_string()], vec!["c".to_string()]))?;
    let node = &state.get_nodes_info()[0];
    same((node.datacenter.as_deref(), node.rack.as_deref()), (Some("datacenter1"), Some("rack1")))
}

async fn tokens(session: &Session) -> Outcome {
    let select = session.prepare("select token(k) from many where k = ?").await?;
    let token = select.calculate_token(&(1,))?.ok_or("no token")?;
    let state = session.get_cluster_state();
    same(state.compute_token("rust", "many", &(1,))?, token)?;
    same(state.get_token_endpoints("rust", "many", token).len(), 1)?;
    let rows = session.execute_unpaged(&select, (1,)).await?.into_rows_result()?;
    same(rows.first_row::<(i64,)>()?.0, token.value())
}

async fn altered(session: &Session) -> Outcome {
    session.query_unpaged("create table rust.altered (k int primary key, a int)", ()).await?;
    session.query_unpaged("insert into altered (k, a) values (1, 2)", ()).await?;
    let star = session.prepare("select * from altered where k = ?").await?;
    same(session.execute_unpaged(&star, (1,)).await?.into_rows_result()?.single_row::<(i32, i32)>()?, (1, 2))?;
    session.query_unpaged("alter table rust.altered add b text", ()).await?;
    session.query_unpaged("update altered set b = 'b' where k = 1", ()).await?;
    let rows = session.execute_unpaged(&star, (1,)).await?.into_rows_result()?;
    same(rows.single_row::<(i32, i32, &str)>()?, (1, 2, "b"))
}

async fn compressed(host: &str, compression: Compression) -> Outcome {
    let session = connect(host, Some(compression)).await?;
    let large = "väl ".repeat(100_000);
    session.query_unpaged("insert into rust.large (k, v) values (7, ?)", (&large,)).await?;
    let rows = session.query_unpaged("select v from rust.large where k = 7", ()).await?.into_rows_result()?;
    same(rows.single_row::<(&str,)>()?.0.len(), large.len())
}

async fn caching(session: Session) -> Outcome {
    let caching = CachingSessionBuilder::new(session).max_capacity(2).build();
    for c in 0..5 {
        let rows = caching.execute_unpaged(format!("select v from rust.many where k = ? and c = {c}"), (1,)).await?.into_rows_result()?;
        same(rows.single_row::<(String,)>()?.0, format!("v{c}"))?;
    }
    Ok(())
}
