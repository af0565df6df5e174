"""The Python driver's object mapper, cqlengine: python models.py HOST. Prints one line a check."""
import datetime
import decimal
import os
import sys
import uuid

os.environ["CQLENG_ALLOW_SCHEMA_MANAGEMENT"] = "1"

from cassandra.cqlengine import columns, connection, functions, management
from cassandra.cqlengine.models import Model
from cassandra.cqlengine.query import BatchQuery, BatchType, LWTException
from cassandra.cqlengine.usertype import UserType

KEYSPACE = "models"


def check(name, held, why=""):
    print("ok %s" % name if held else "not ok %s: %s" % (name, why))


class Place(UserType):
    street = columns.Text()
    number = columns.Integer()
    tags = columns.Set(columns.Text())


class Person(Model):
    __keyspace__ = KEYSPACE
    __options__ = {
        "comment": "people",
        "compaction": {"class": "LeveledCompactionStrategy", "sstable_size_in_mb": "64"},
        "gc_grace_seconds": 3600,
    }
    city = columns.Text(partition_key=True)
    id = columns.TimeUUID(primary_key=True, clustering_order="DESC", default=uuid.uuid1)
    name = columns.Text(required=True)
    email = columns.Text(index=True)
    home = columns.UserDefinedType(Place)
    area = columns.Text(static=True)
    nicknames = columns.List(columns.Text)
    languages = columns.Set(columns.Text)
    phones = columns.Map(columns.Text, columns.BigInt)
    pair = columns.Tuple(columns.Integer(), columns.Text())


class Everything(Model):
    __keyspace__ = KEYSPACE
    id = columns.UUID(primary_key=True)
    ascii = columns.Ascii()
    tiny = columns.TinyInt()
    small = columns.SmallInt()
    big = columns.BigInt()
    var = columns.VarInt()
    single = columns.Float()
    double = columns.Double()
    exact = columns.Decimal()
    truth = columns.Boolean()
    blob = columns.Blob()
    address = columns.Inet()
    day = columns.Date()
    hour = columns.Time()
    moment = columns.DateTime()
    span = columns.Duration()
    nested = columns.Map(columns.Text, columns.List(columns.Integer))


class Visits(Model):
    __keyspace__ = KEYSPACE
    page = columns.Text(primary_key=True)
    hits = columns.Counter()


class Animal(Model):
    __keyspace__ = KEYSPACE
    __table_name__ = "animals"
    id = columns.Integer(primary_key=True)
    kind = columns.Text(discriminator_column=True, index=True)


class Cat(Animal):
    __discriminator_value__ = "cat"
    lives = columns.Integer()


class Dog(Animal):
    __discriminator_value__ = "dog"
    tricks = columns.List(columns.Text)


def main(host):
    connection.setup([host], "system", protocol_version=5)
    management.create_keyspace_simple(KEYSPACE, 1)
    for model in (Person, Everything, Visits, Animal, Cat, Dog):
        management.sync_table(model)
    schema()
    writes()
    queries()
    conditions()
    batches()
    everything()
    inheritance()
    evolution()
    management.drop_table(Person)
    management.drop_keyspace(KEYSPACE)
    check("drops", KEYSPACE not in connection.get_cluster().metadata.keyspaces)
    connection.get_cluster().shutdown()


def schema():
    keyspace = connection.get_cluster().metadata.keyspaces[KEYSPACE]
    table = keyspace.tables["person"]
    options = table.options
    check("sync_table", [c.name for c in table.primary_key] == ["city", "id"] and table.columns["id"].is_reversed and table.columns["area"].is_static, table.export_as_string())
    check("options", (options["comment"], options["gc_grace_seconds"], options["compaction"]["class"]) == (
        "people", 3600, "org.apache.cassandra.db.compaction.LeveledCompactionStrategy"), options)
    check("user type", keyspace.user_types["place"].field_types == ["text", "int", "set<text>"], keyspace.user_types["place"].field_types)
    check("index", [i.index_options["target"] for i in table.indexes.values()] == ["email"], table.indexes)
    before = keyspace.tables["person"].as_cql_query()
    management.sync_table(Person)
    check("sync_table again", connection.get_cluster().metadata.keyspaces[KEYSPACE].tables["person"].as_cql_query() == before)


def writes():
    for n in range(25):
        Person.create(city="Troy", name="p%d" % n, email="p%d@troy" % n, home=Place(street="Wall", number=n, tags={"a", "b"}),
                      nicknames=["n"], languages={"el"}, phones={"home": n}, pair=(n, "x"))
    person = Person.objects(email="p7@troy").get()
    check("reads what it wrote", (person.home.number, person.home.tags, person.phones, person.pair) == (7, {"a", "b"}, {"home": 7}, (7, "x")), dict(person))
    person.nicknames.append("m")
    person.languages.add("la")
    person.languages.discard("el")
    person.phones["work"] = 2**40
    person.email = None
    person.area = "Asia"
    person.save()
    person = Person.objects(city="Troy", id=person.id).get()
    check("saves differences", (person.nicknames, person.languages, person.phones, person.email, person.area) == (["n", "m"], {"la"}, {"home": 7, "work": 2**40}, None, "Asia"), dict(person))
    own = Person.objects(city="Troy", id=person.id)
    own.update(nicknames__prepend=["l"], languages__add={"he"}, phones__update={"fax": 3}, languages__remove={"la"})
    own.update(phones__remove={"home"})
    person = own.get()
    check("updates collections", (person.nicknames, person.languages, person.phones) == (["l", "n", "m"], {"he"}, {"work": 2**40, "fax": 3}), dict(person))
    short = Person.ttl(1000).timestamp(datetime.timedelta(minutes=1)).create(city="Sparta", name="short")
    row = connection.execute("SELECT TTL(name) AS t, WRITETIME(name) AS w FROM models.person WHERE city = 'Sparta'").one()
    left, written = (row["t"], row["w"]) if isinstance(row, dict) else (row.t, row.w)
    check("TTL and timestamp", 900 < left <= 1000 and written > datetime.datetime.now().timestamp() * 1e6, row)
    short.timestamp(datetime.timedelta(minutes=2)).delete()
    check("delete with timestamp", Person.objects(city="Sparta").count() == 0)


def queries():
    troy = Person.objects(city="Troy")
    check("count", troy.count() == 25, troy.count())
    check("order", [p.name for p in troy.order_by("id")[:3]] == ["p0", "p1", "p2"] and troy.first().name == "p24")
    check("limit", len(list(troy.limit(7))) == 7 and len(list(troy.fetch_size(4).limit(None))) == 25)
    ids = [p.id for p in troy]
    check("IN", {p.id for p in Person.objects(city__in=["Troy", "Argos"], id__in=ids[:3])} == set(ids[:3]))
    check("ranges", len(list(troy.filter(id__lt=ids[0], id__gte=ids[5]))) == 5)
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    check("functions", troy.filter(id__lt=functions.MaxTimeUUID(now + datetime.timedelta(hours=1))).count() == 25)
    check("token", len(list(Person.objects.filter(pk__token__gt=functions.Token("")).limit(5))) == 5)
    check("filtering", [p.name for p in Person.objects.filter(languages__contains="he").allow_filtering()] == ["p7"])
    check("only and defer", troy.only(["name"]).first().name == "p24" and troy.defer(["home"]).first().name == "p24")
    check("values", list(troy.values_list("name", flat=True).limit(2)) == ["p24", "p23"])
    check("distinct", sorted(p.city for p in Person.objects.distinct(["city"])) == ["Troy"])
    check("like", refused(lambda: list(Person.objects.filter(name__like="p%").allow_filtering())))


def refused(call):
    try:
        call()
        return False
    except Exception as e:  # each server says it in its own words; that it says so is enough
        return "LIKE restriction is only supported on properly indexed columns" in str(e)


def conditions():
    ada = Person.if_not_exists().create(city="London", id=uuid.UUID(int=1 << 76), name="Ada", email="ada@london")
    try:
        Person.if_not_exists().create(city="London", id=ada.id, name="Bob")
        check("IF NOT EXISTS", False, "applied")
    except LWTException as e:
        check("IF NOT EXISTS", e.existing["name"] == "Ada" and e.existing["[applied]"] is False, e.existing)
    try:
        Person.objects(city="London", id=ada.id).iff(name="Eve").update(email="eve")
        check("IF", False, "applied")
    except LWTException as e:
        check("IF", e.existing["name"] == "Ada", e.existing)
    Person.objects(city="London", id=ada.id).iff(name="Ada").update(email="changed")
    check("IF applied", Person.objects(city="London", id=ada.id).get().email == "changed")
    try:
        Person.objects(city="London", id=uuid.uuid1()).if_exists().update(email="nobody")
        check("IF EXISTS", False, "applied")
    except LWTException as e:
        check("IF EXISTS", e.existing["[applied]"] is False, e.existing)
    ada.iff(name="Ada").delete()
    check("delete IF", Person.objects(city="London").count() == 0)


def batches():
    with BatchQuery(batch_type=BatchType.Unlogged, timestamp=datetime.datetime.now()) as b:
        for n in range(5):
            Person.batch(b).create(city="Argos", id=uuid.UUID(int=(n << 64) | (1 << 76)), name="b%d" % n)
    check("unlogged batch", Person.objects(city="Argos").count() == 5)
    with BatchQuery() as b:
        for p in Person.objects(city="Argos"):
            p.batch(b).delete()
    check("logged batch", Person.objects(city="Argos").count() == 0)
    Visits.create(page="/")
    page = Visits.objects(page="/").get()
    page.hits += 5
    page.save()
    page.update(hits=3)
    check("counter", Visits.objects(page="/").get().hits in (3, 5), Visits.objects(page="/").get().hits)
    with BatchQuery(batch_type=BatchType.Counter) as b:
        for name in ("/a", "/b"):
            Visits.batch(b).create(page=name, hits=2)
    check("counter batch", sorted((v.page, v.hits) for v in Visits.objects.all())[1:] == [("/a", 2), ("/b", 2)])


def everything():
    values = {
        "id": uuid.uuid4(), "ascii": "plain", "tiny": -128, "small": 32767, "big": -(2**63), "var": -(2**100), "single": 0.5, "double": 1e300,
        "exact": decimal.Decimal("-12345.678900"), "truth": False, "blob": bytes(range(256)), "address": "2001:db8::1", "day": datetime.date(1969, 7, 20),
        "hour": datetime.time(23, 59, 59, 999999), "moment": datetime.datetime(2001, 2, 3, 4, 5, 6, 789000),
        "nested": {"a": [1, 2], "b": []},
    }
    from cassandra.util import Date, Duration, Time
    values["span"] = Duration(-14, -3, -5)
    Everything.create(**values)
    got = dict(Everything.objects(id=values["id"]).get())
    values["day"], values["hour"] = Date(values["day"]), Time(values["hour"])
    check("types", got == values, {k: (got[k], values[k]) for k in values if got[k] != values[k]})


def inheritance():
    Cat.create(id=1, lives=9)
    Dog.create(id=2, tricks=["sit"])
    check("inheritance", [type(a).__name__ for a in sorted(Animal.objects.all(), key=lambda a: a.id)] == ["Cat", "Dog"])
    check("by kind", [c.lives for c in Cat.objects.all()] == [9])


def evolution():
    class Person(Model):
        __keyspace__ = KEYSPACE
        __options__ = {"gc_grace_seconds": 7200, "default_time_to_live": 86400}
        city = columns.Text(partition_key=True)
        id = columns.TimeUUID(primary_key=True, clustering_order="DESC")
        name = columns.Text(required=True, index=True)
        born = columns.Date()

    management.sync_table(Person)
    table = connection.get_cluster().metadata.keyspaces[KEYSPACE].tables["person"]
    check("adds columns", "born" in table.columns and "nicknames" in table.columns)
    check("changes options", (table.options["gc_grace_seconds"], table.options["default_time_to_live"]) == (7200, 86400), table.options)
    check("adds an index", len(table.indexes) == 2 and [p.name for p in Person.objects(name="p3")] == ["p3"], table.indexes)


main(sys.argv[1])
