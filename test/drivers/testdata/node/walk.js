// The driver walk in JavaScript: node walk.js HOST. Prints one line a check.
'use strict';
const assert = require('node:assert');
const cassandra = require('cassandra-driver');

const article = [
  "create keyspace mykeyspace with replication = {'class':'SimpleStrategy','replication_factor':1}",
  'use mykeyspace',
  'create table posts (id int primary key, title varchar, content text, created_at timestamp)',
  "insert into posts (id,title,content,created_at) values (1,'test','test entry.',dateof(now()))",
];

async function check(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (e) {
    console.log(`not ok ${name}: ${String(e.stack).split('\n').slice(0, 4).join(' | ')}`);
  }
}

async function main(host) {
  const client = new cassandra.Client({ contactPoints: [host], localDataCenter: 'datacenter1' });
  await client.connect();
  await check('article', async () => {
    for (const cql of article) await client.execute(cql);
    const rows = (await client.execute('select * from posts')).rows;
    assert.equal(rows.length, 1);
    assert.equal(rows[0].title, 'test');
    assert.ok(rows[0].created_at instanceof Date);
  });
  await check('sees the schema', async () => {
    const table = await client.metadata.getTable('mykeyspace', 'posts');
    assert.deepEqual(table.columns.map(c => c.name).sort(), ['content', 'created_at', 'id', 'title']);
    assert.deepEqual(table.partitionKeys.map(c => c.name), ['id']);
  });
  await check('sees tokens', () => {
    assert.ok(client.metadata.getReplicas('mykeyspace', Buffer.from([0, 0, 0, 1])).length === 1);
  });
  const insert = 'insert into many (k, c, v) values (?, ?, ?)';
  await check('prepared', async () => {
    await client.execute('create table many (k int, c int, v text, primary key (k, c))');
    await Promise.all(Array.from({ length: 100 }, (_, c) => client.execute(insert, [1, c, 'v' + c], { prepare: true })));
    const got = await client.execute('select v from many where k = ? and c in ?', [1, [3, 5]], { prepare: true });
    assert.deepEqual(got.rows.map(r => r.v), ['v3', 'v5']);
  });
  await check('pages', async () => {
    const seen = [];
    for await (const row of await client.execute('select c from many where k = 1', [], { prepare: true, fetchSize: 7 })) seen.push(row.c);
    assert.deepEqual(seen, Array.from({ length: 100 }, (_, c) => c));
  });
  await check('batch', async () => {
    await client.batch([{ query: insert, params: [2, 1, 'a'] }, { query: insert, params: [2, 2, 'b'] }], { prepare: true });
    assert.equal((await client.execute('select count(*) from many where k = 2')).first().count.toNumber(), 2);
  });
  await check('types', async () => {
    await client.execute('create table kinds (id uuid primary key, l list<int>, s set<text>, m map<text, bigint>, d decimal, f double, b blob, i inet, n varint)');
    const id = cassandra.types.Uuid.random();
    const values = [id, [1, 2], ['a', 'b'], { x: cassandra.types.Long.fromString('1099511627776') }, cassandra.types.BigDecimal.fromString('1.50'),
      2.5, Buffer.from([0, 1]), cassandra.types.InetAddress.fromString('127.0.0.1'), cassandra.types.Integer.fromString('1237940039285380274899124224')];
    await client.execute('insert into kinds (id, l, s, m, d, f, b, i, n) values (?, ?, ?, ?, ?, ?, ?, ?, ?)', values, { prepare: true });
    const r = (await client.execute('select * from kinds where id = ?', [id], { prepare: true })).first();
    assert.deepEqual(r.l, [1, 2]);
    assert.deepEqual(r.s, ['a', 'b']);
    assert.equal(r.m.x.toString(), '1099511627776');
    assert.equal(r.d.toString(), '1.50');
    assert.equal(r.i.toString(), '127.0.0.1');
    assert.equal(r.n.toString(), '1237940039285380274899124224');
  });
  await check('syntax error', async () => {
    await assert.rejects(client.execute('SELEC 1'), e => e.code === cassandra.types.responseErrorCodes.syntaxError);
  });
  await check('unavailable', async () => {
    await assert.rejects(client.execute('insert into many (k, c) values (1, 1)', [], { consistency: cassandra.types.consistencies.three }),
      e => Boolean(e.innerErrors) || e.code === cassandra.types.responseErrorCodes.unavailableException);
  });
  await check('schema event', async () => {
    const other = new cassandra.Client({ contactPoints: [host], localDataCenter: 'datacenter1', keyspace: 'mykeyspace' });
    await other.execute('create table told (k int primary key)');
    await other.shutdown();
    assert.ok(await client.metadata.getTable('mykeyspace', 'told'));
  });
  await client.execute('drop keyspace mykeyspace');
  await client.shutdown();
}

main(process.argv[2]).catch(e => { console.log('not ok connect: ' + e.stack); process.exitCode = 1; });
