"""Logins and TLS in Python: python secure.py HOST USER PASSWORD AUTHORITY CERTIFICATE KEY. Prints one line a check."""
import ssl
import sys

from cassandra import AuthenticationFailed, Unauthorized
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster, NoHostAvailable


def check(name, held, why=""):
    print("ok %s" % name if held else "not ok %s: %s" % (name, why))


def main(host, user, password, authority, certificate, key):
    def connect(user, password, **other):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(authority)
        context.load_cert_chain(certificate, key)
        options = {"auth_provider": PlainTextAuthProvider(user, password), "ssl_context": context, "ssl_options": {"server_hostname": host}}
        options.update(other)
        cluster = Cluster([host], **options)
        return cluster, cluster.connect()

    cluster, session = connect(user, password)
    check("logs in over TLS", cluster.protocol_version == 5, cluster.protocol_version)
    clients = list(session.execute("SELECT username, ssl_enabled, ssl_protocol FROM system_views.clients"))
    check("is seen", clients and all(c.username == user and c.ssl_enabled and c.ssl_protocol == "TLSv1.3" for c in clients), clients)
    for statement in (
        "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE k.t (k int PRIMARY KEY, v text)",
        "CREATE ROLE app WITH PASSWORD = 'app' AND LOGIN = true",
    ):
        session.execute(statement)
    insert = session.prepare("INSERT INTO k.t (k, v) VALUES (?, ?)")
    for n in range(20):
        session.execute(insert, (n, "x" * 1000 * n))
    check("large values", max(len(r.v) for r in session.execute("SELECT v FROM k.t")) == 19000, "")

    other, app = connect("app", "app")
    statement = app.prepare("SELECT * FROM k.t WHERE k = ?")
    try:
        app.execute(statement, (1,))
        check("needs a permission", False, "it was let through")
    except Unauthorized as e:
        check("needs a permission", "User app has no SELECT permission on <table k.t> or any of its parents" in str(e), e)
    session.execute("GRANT SELECT ON k.t TO app")
    check("has the permission", len(list(app.execute(statement, (1,)))) == 1, "")
    session.execute("REVOKE SELECT ON k.t FROM app")
    try:
        app.execute(statement, (1,))
        check("loses the permission", False, "it was let through")
    except Unauthorized as e:
        check("loses the permission", True)
    other.shutdown()

    for what, name, secret in (("a wrong password", user, "wrong"), ("an unknown user", "nobody", password)):
        try:
            connect(name, secret)[0].shutdown()
            check("refuses " + what, False, "it was let in")
        except NoHostAvailable as e:
            why = list(e.errors.values())[0]
            check("refuses " + what, isinstance(why, AuthenticationFailed) and "Bad credentials" in str(why), repr(why))
    try:
        connect(user, password, auth_provider=None)[0].shutdown()
        check("refuses without a user", False, "it was let in")
    except NoHostAvailable as e:
        check("refuses without a user", "requires authentication" in str(e), e)
    cluster.shutdown()


main(*sys.argv[1:])
