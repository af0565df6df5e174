"""The driver walk in Python: python walk.py HOST. Prints one line a check."""
import datetime
import sys
import threading
import uuid

from cassandra import ConsistencyLevel, InvalidRequest, Unavailable
from cassandra.cluster import Cluster, NoHostAvailable
from cassandra.protocol import SyntaxException
from cassandra.query import BatchStatement, SimpleStatement, dict_factory

ARTICLE = [
    "create keyspace mykeyspace with replication = {'class':'SimpleStrategy','replication_factor':1}",
    "use mykeyspace",
    "create table posts (id int primary key, title varchar, content text, created_at timestamp)",
    "insert into posts (id,title,content,created_at) values (1,'test','test entry.',dateof(now()))",
]


def check(name, held, why=""):
    print("ok %s" % name if held else "not ok %s: %s" % (name, why))


def main(host):
    cluster = Cluster([host])
    session = cluster.connect()
    check("negotiates v5", cluster.protocol_version == 5, "version %s" % cluster.protocol_version)

    for statement in ARTICLE:
        session.execute(statement)
    rows = list(session.execute("select * from posts"))
    check("article", len(rows) == 1 and rows[0].title == "test" and isinstance(rows[0].created_at, datetime.datetime), rows)

    table = cluster.metadata.keyspaces["mykeyspace"].tables["posts"]
    check("sees the schema", list(table.columns) == ["id", "content", "created_at", "title"], list(table.columns))
    check("schema as CQL", "PRIMARY KEY" in table.export_as_string(), table.export_as_string())
    check("sees tokens", len(cluster.metadata.token_map.ring) > 0, "empty ring")
    replicas = cluster.metadata.get_replicas("mykeyspace", b"\0\0\0\1")
    check("routes by token", len(replicas) == 1, replicas)
    check("host id", all(h.host_id for h in cluster.metadata.all_hosts()), cluster.metadata.all_hosts())

    compact = {"sparse (k int primary key, a int, b text)": ["k", "a", "b"], "bare (k int, c int, primary key (k, c))": ["k", "c"],
               "dense (k int, c int, v int, primary key (k, c))": ["k", "c", "v"]}
    for definition in compact:
        session.execute("create table %s with compact storage" % definition)
    seen = {d: list(cluster.metadata.keyspaces["mykeyspace"].tables[d.split()[0]].columns) for d in compact}
    check("sees compact tables", seen == compact, seen)

    session.execute("create table many (k int, c int, v text, primary key (k, c))")
    insert = session.prepare("insert into many (k, c, v) values (?, ?, ?)")
    for f in [session.execute_async(insert, (1, c, "v%d" % c)) for c in range(100)]:
        f.result()
    paged = SimpleStatement("select c from many where k = 1", fetch_size=7)
    result = session.execute(paged)
    check("pages", result.has_more_pages and [r.c for r in result] == list(range(100)), "wrong rows")
    state = session.execute(paged).paging_state
    check("paging state", [r.c for r in session.execute(paged, paging_state=state).current_rows] == list(range(7, 14)), "wrong page")

    select = session.prepare("select v from many where k = ? and c in ?")
    check("prepared", [r.v for r in session.execute(select, (1, [3, 5]))] == ["v3", "v5"], "wrong rows")
    check("routing key", insert.bind((1, 1, "x")).routing_key == b"\0\0\0\1", "none")

    batch = BatchStatement()
    batch.add(insert, (2, 1, "a"))
    batch.add(SimpleStatement("insert into many (k, c, v) values (2, 2, %s)"), ("b",))
    session.execute(batch)
    check("batch", [r.v for r in session.execute("select v from many where k = 2")] == ["a", "b"], "wrong rows")

    types(session)
    errors(session)
    events(cluster, session, host)
    session.execute("drop keyspace mykeyspace")
    cluster.shutdown()


def types(session):
    session.execute("create type address (street text, zip int)")
    session.execute(
        "create table kinds (id uuid primary key, l list<int>, s set<text>, m map<text, bigint>, t tuple<int, text>,"
        " a frozen<address>, d decimal, f double, b blob, i inet, dt date, tm time, ts timestamp, n varint, bo boolean)")
    u = uuid.uuid4()
    values = (u, [1, 2], {"a", "b"}, {"x": 2**40}, (1, "one"), ("Main", 7), __import__("decimal").Decimal("1.50"), 2.5, b"\0\1",
              "127.0.0.1", datetime.date(2020, 2, 29), datetime.time(1, 2, 3), datetime.datetime(2020, 1, 1), 2**90, True)
    insert = session.prepare("insert into kinds (id, l, s, m, t, a, d, f, b, i, dt, tm, ts, n, bo) values (%s)" % ", ".join("?" * 15))
    session.execute(insert, values)
    r = session.execute("select * from kinds where id = %s", (u,)).one()
    got = (r.l, set(r.s), dict(r.m), r.t, (r.a.street, r.a.zip), r.d, r.f, r.b, r.i, r.n, r.bo, r.ts)
    check("types", got == (values[1], values[2], values[3], values[4], values[5], values[6], values[7], values[8], values[9], values[13], True, values[12]), got)


def errors(session):
    try:
        session.execute("SELEC 1")
        check("syntax error", False, "accepted")
    except SyntaxException as e:
        check("syntax error", "line 1:0 no viable alternative at input 'SELEC'" in str(e), e)
    try:
        session.execute("select nope from many")
        check("invalid", False, "accepted")
    except InvalidRequest as e:
        check("invalid", "Undefined column name nope in table mykeyspace.many" in str(e), e)
    try:
        session.execute(SimpleStatement("insert into many (k, c) values (1, 1)", consistency_level=ConsistencyLevel.THREE))
        check("unavailable", False, "accepted")
    except NoHostAvailable as e:  # the driver tries the next host after Unavailable
        cause = next(iter(e.errors.values()))
        check("unavailable", isinstance(cause, Unavailable) and (cause.required_replicas, cause.alive_replicas) == (3, 1), e)


def events(cluster, session, host):
    other = Cluster([host])
    other.connect("mykeyspace").execute("create table told (k int primary key)")
    seen = threading.Event()

    def poll(tries):
        if "told" in cluster.metadata.keyspaces["mykeyspace"].tables:
            seen.set()
        elif tries:
            threading.Timer(0.1, poll, (tries - 1,)).start()

    poll(100)
    check("schema event", seen.wait(12), "table unknown to the first session")
    other.shutdown()


main(sys.argv[1])
