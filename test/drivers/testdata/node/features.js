// What the driver for JavaScript offers beyond queries: node features.js HOST [CA]. Prints one line a check. With a CA's file it speaks TLS.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const cassandra = require('cassandra-driver');
const { mapping, types } = cassandra;

const schema = [
  "create keyspace features with replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
  'use features',
  'create type address (street text, zip int)',
  `create table videos (user text, id int, title text, tags set<text>, home frozen<address>, primary key (user, id))
     with clustering order by (id desc)`,
  'create table videos_by_title (title text, id int, user text, primary key (title, id))',
  'create table hits (page text primary key, n counter)',
  `create table kinds (id uuid primary key, a ascii, b bigint, bl blob, bo boolean, d date, de decimal, dou double, du duration, f float,
     i inet, ti time, ts timestamp, tu timeuuid, ty tinyint, sm smallint, v varint, l list<int>, s set<text>, m map<text, int>,
     t tuple<int, text>, u frozen<address>, ve vector<float, 3>)`,
];

async function check(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (e) {
    console.log(`not ok ${name}: ${String(e.stack).split('\n').slice(0, 4).join(' | ')}`);
  }
}

async function main(host, ca) {
  const client = new cassandra.Client({
    contactPoints: [host],
    localDataCenter: 'datacenter1',
    encoding: { map: Map, set: Set },
    socketOptions: { connectTimeout: 30000, readTimeout: 60000 },
    sslOptions: ca ? { ca: [fs.readFileSync(ca)], rejectUnauthorized: true } : undefined,
  });
  await client.connect();
  for (const statement of schema) await client.execute(statement);
  await mapper(client);
  await check('types', () => kinds(client));
  await json(client);
  await pages(client);
  await statements(client);
  await check('metadata', async () => {
    assert.equal((await client.metadata.getUdt('features', 'address')).fields.length, 2);
    assert.equal((await client.metadata.getTable('features', 'videos')).clusteringOrder[0], 'DESC');
    assert.ok((await client.metadata.getTable('system_views', 'clients')).virtual);
    assert.ok(await client.metadata.checkSchemaAgreement());
  });
  await client.shutdown();
}

async function mapper(client) {
  const { q } = mapping;
  const objects = new mapping.Mapper(client, {
    models: { Video: { tables: ['videos', 'videos_by_title'], mappings: new mapping.UnderscoreCqlToCamelCaseMappings() } },
  });
  const videos = objects.forModel('Video');
  await check('mapper writes two tables', async () => {
    for (let id = 0; id < 20; id++) await videos.insert({ user: 'ada', id, title: 't' + (id % 3) });
    assert.equal((await videos.find({ title: 't1' })).toArray().length, 7);
  });
  await check('mapper finds', async () => {
    const first = await videos.find({ user: 'ada' }, { limit: 5, orderBy: { id: 'asc' } });
    assert.deepEqual(first.toArray().map(v => v.id), [0, 1, 2, 3, 4]);
    const range = await videos.find({ user: 'ada', id: q.and(q.gte(5), q.lt(9)) });
    assert.deepEqual(range.toArray().map(v => v.id), [8, 7, 6, 5]);
  });
  await check('mapper removes', async () => {
    await videos.remove({ user: 'ada', id: 3, title: 't0' });
    assert.equal(await videos.get({ user: 'ada', id: 3 }), null);
  });
  await check('mapper batches', async () => {
    await objects.batch([1, 2].map(id => videos.batching.insert({ user: 'bob', id, title: 'b' })));
    assert.equal((await videos.find({ user: 'bob' })).toArray().length, 2);
  });
}

async function kinds(client) {
  const id = types.Uuid.random();
  const values = {
    id, a: 'plain', b: types.Long.fromString('-9007199254740993'), bl: Buffer.from([0, 255]), bo: true, d: types.LocalDate.fromString('1969-07-20'),
    de: types.BigDecimal.fromString('-12.3450'), dou: 1e300, du: types.Duration.fromString('-1y2mo3d4h5m6s7ns'), f: 0.5,
    i: types.InetAddress.fromString('2001:db8::1'), ti: types.LocalTime.fromString('23:59:59.999999999'), ts: new Date(1e12),
    tu: types.TimeUuid.now(), ty: -128, sm: 32767, v: types.Integer.fromString('-1237940039285380274899124224'), l: [1, 2], s: new Set(['a']),
    m: new Map([['x', 1]]), t: types.Tuple.fromArray([1, 'one']), u: { street: 'Main', zip: 7 }, ve: new types.Vector([1, 2, 3], 'float'),
  };
  const names = Object.keys(values);
  await client.execute(`insert into kinds (${names}) values (${names.map(() => '?')})`, Object.values(values), { prepare: true });
  const row = (await client.execute('select * from kinds where id = ?', [id], { prepare: true })).first();
  const shown = v => JSON.stringify(v instanceof Set || v instanceof Map ? [...v] : v);
  for (const name of names) assert.equal(shown(row[name]), shown(values[name]), name);
}

async function json(client) {
  await check('json', async () => {
    await client.execute('insert into videos json ?', ['{"user": "json", "id": 1, "home": {"street": "s", "zip": 1}}'], { prepare: true });
    const text = (await client.execute("select json * from videos where user = 'json'")).first()['[json]'];
    assert.deepEqual(JSON.parse(text), { user: 'json', id: 1, home: { street: 's', zip: 1 }, tags: null, title: null });
  });
}

async function pages(client) {
  const all = 'select * from videos';
  const rows = (await client.execute(all, [], { prepare: true, fetchSize: 1000 })).rows.length;
  await check('stream', async () => {
    let n = 0;
    for await (const _ of client.stream(all, [], { prepare: true, autoPage: true, fetchSize: 3 })) n++;
    assert.equal(n, rows);
  });
  await check('each row', async () => {
    let n = 0;
    await new Promise((resolve, reject) => {
      client.eachRow(all, [], { prepare: true, autoPage: true, fetchSize: 3 }, () => n++, e => (e ? reject(e) : resolve()));
    });
    assert.equal(n, rows);
  });
  await check('a page state of one client serves another request', async () => {
    const first = await client.execute(all, [], { prepare: true, fetchSize: 3 });
    const rest = await client.execute(all, [], { prepare: true, fetchSize: 1000, pageState: first.pageState });
    assert.equal(rest.rows.length, rows - 3);
  });
}

async function statements(client) {
  await check('counter batch', async () => {
    const add = { query: 'update hits set n = n + ? where page = ?', params: [types.Long.fromNumber(2), '/'] };
    await client.batch([add, add], { prepare: true, counter: true });
    assert.equal((await client.execute("select n from hits where page = '/'")).first().n.toNumber(), 4);
  });
  await check('trace', async () => {
    const result = await client.execute('select * from videos', [], { traceQuery: true });
    const trace = await client.metadata.getTrace(result.info.traceId);
    assert.equal(trace.requestType, 'Execute CQL3 query');
    assert.ok(trace.events.length > 0 && trace.duration > 0);
  });
  await check('many at once', async () => {
    const values = Array.from({ length: 200 }, (_, id) => ['many', id, 'x']);
    const insert = 'insert into videos (user, id, title) values (?, ?, ?)';
    const result = await cassandra.concurrent.executeConcurrent(client, insert, values, { concurrencyLevel: 32 });
    assert.equal(result.totalExecuted, 200);
  });
  await check('conditions', async () => {
    const options = { prepare: true, consistency: types.consistencies.localQuorum, serialConsistency: types.consistencies.localSerial };
    const insert = "insert into videos (user, id, title) values ('if', 1, 'x') if not exists";
    assert.ok((await client.execute(insert, [], options)).wasApplied());
    assert.ok(!(await client.execute(insert, [], options)).wasApplied());
    const update = "update videos set title = 'z' where user = 'if' and id = 1 if title = ?";
    assert.equal((await client.execute(update, ['y'], options)).first().title, 'x');
  });
  await check('client timestamps', async () => {
    const insert = "insert into videos (user, id, title) values ('at', 1, ?)";
    await client.execute(insert, ['later'], { prepare: true, timestamp: types.generateTimestamp(new Date(2e12)) });
    await client.execute(insert, ['earlier'], { prepare: true });
    assert.equal((await client.execute("select title from videos where user = 'at'")).first().title, 'later');
  });
  await check('named parameters', async () => {
    const result = await client.execute('select * from videos where user = :u and id = :i', { u: 'ada', i: 4 }, { prepare: true });
    assert.equal(result.rows.length, 1);
  });
}

main(...process.argv.slice(2)).catch(e => {
  console.log('not ok connect: ' + e.stack);
  process.exitCode = 1;
});
