"""Where a store is and why it does not answer: named; whose account it is opened with: never."""

from __future__ import annotations

import errno
import logging
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from traceback import TracebackException

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from tests.servers import SERVERS, on_server

from shopprivacy.errors import PrivacyError, StoreDown
from shopprivacy.storage import outage
from shopprivacy.storage.outage import Cause, cause_of, store_down
from shopprivacy.storage.sql import SqlStore
from shopprivacy.storage.sql.engine import make_engine
from shopprivacy.storage.sql.journal import SqlJournal
from shopprivacy.storage.sql.place import place_of
from shopprivacy.storage.sql.subject_keys import SqlSubjectKeys
from shopprivacy.storage.subject_keys import SubjectKeyFile

USER, PASSWORD = "zelda_the_user", "Xerxes-the-password"


def closed_port() -> int:
    """A port on which nobody listens."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


class MySQLError(Exception):
    """As PyMySQL's and mysqlclient's: a code first; PyMySQL adds what the system said."""

    original_exception: Exception | None = None


def mysql(code: int, text: str = "", original: Exception | None = None) -> MySQLError:
    """What such a driver raises."""
    error = MySQLError(code, text)
    error.original_exception = original
    return error


def sqlite_error(statement: str, uri: str) -> sqlite3.Error:
    """What SQLite itself raises for a statement."""
    with pytest.raises(sqlite3.Error) as caught, closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.execute(statement)
    return caught.value


REFUSED = "connection failed: connection to server at '1.2.3.4', port 1 failed: FATAL:  "
WRONG = f'{REFUSED}password authentication failed for user "a database \\"x\\" does not exist"'


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), Cause.CLOSED),
        (socket.gaierror(-2, "x"), Cause.UNKNOWN_HOST),
        (TimeoutError("x"), Cause.TIMEOUT),
        (OSError(errno.EROFS, "x"), Cause.READ_ONLY),
        (OSError(errno.ENOSPC, "x"), Cause.FULL),
        (OSError(12345, "x"), None),
        (mysql(2003, "", ConnectionRefusedError(errno.ECONNREFUSED, "x")), Cause.CLOSED),
        (mysql(2003, "", socket.gaierror(-2, "x")), Cause.UNKNOWN_HOST),
        (mysql(2003, "Can't connect to server on 'db' (110)"), Cause.TIMEOUT),
        (mysql(2002, "Can't connect to local server through socket '/run/x' (2)"), Cause.NO_FILE),
        (mysql(1045), Cause.REFUSED),
        (mysql(1049), Cause.NO_DATABASE),
        (mysql(1205), Cause.LOCKED),
        (mysql(1021), Cause.FULL),
        (mysql(1290), Cause.READ_ONLY),
        (mysql(2013, "Lost connection to MySQL server during query (timed out)"), Cause.TIMEOUT),
        (mysql(2013, "Lost connection to MySQL server during query"), Cause.LOST),
        (mysql(9999), None),
    ],
    ids=str,
)
def test_each_cause_is_told_from_what_the_driver_raises(error: Exception, cause: Cause | None) -> None:
    """A code of the driver or the system is read, its words where it has none, and nothing that a user is called."""
    assert cause_of(error) is cause
    wrapped = RuntimeError("as Django does")
    wrapped.__cause__ = error
    assert cause_of(wrapped) is cause


@pytest.mark.services
@pytest.mark.parametrize(
    ("name", "words", "cause"),
    [
        ("DiskFull", "x", Cause.FULL),
        ("LockNotAvailable", "x", Cause.LOCKED),
        ("QueryCanceled", "x", Cause.TIMEOUT),
        ("ReadOnlySqlTransaction", "x", Cause.READ_ONLY),
        ("UndefinedTable", "x", Cause.NO_TABLES),
        ("AdminShutdown", "x", Cause.LOST),
        ("DivisionByZero", "x", None),
        ("OperationalError", WRONG, Cause.REFUSED),
        ("OperationalError", f"{REFUSED}sorry, too many clients already", Cause.CROWDED),
        ("OperationalError", "connection timeout expired", Cause.TIMEOUT),
        ("OperationalError", "server does not support SSL, but SSL was required", Cause.ENCRYPTION),
    ],
)
def test_each_cause_on_postgresql(name: str, words: str, cause: Cause | None) -> None:
    """psycopg's codes are read, and its words where a connection is refused, as SQLAlchemy wraps them too."""
    psycopg = import_module("psycopg")
    error = getattr(psycopg.errors, name, None) or getattr(psycopg, name)
    assert cause_of(error(words)) is cause
    assert cause_of(DBAPIError("SELECT 1", {}, error(words))) is cause


def test_each_cause_on_sqlite(tmp_path: Path) -> None:
    """What SQLite itself says of a missing folder, a database that is read only, full, damaged, held or empty."""
    file = tmp_path / "shop.sqlite3"
    with closing(sqlite3.connect(file)) as holding:
        holding.execute("CREATE TABLE t (x)")
        missing, text = sqlite_error("SELECT 1", f"file:{tmp_path}/no/x?mode=rw"), f"file:{file}"
        assert cause_of(missing) is Cause.NO_FILE
        assert cause_of(sqlite_error("INSERT INTO t VALUES (1)", f"{text}?mode=ro")) is Cause.READ_ONLY
        assert cause_of(sqlite_error("SELECT * FROM none", text)) is Cause.NO_TABLES
        holding.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.Error) as full:
            holding.execute("INSERT INTO t VALUES (zeroblob(100000))")
        assert cause_of(full.value) is Cause.FULL
        holding.execute("ROLLBACK") if holding.in_transaction else None
        holding.isolation_level = None
        holding.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(file, timeout=0)) as second, pytest.raises(sqlite3.Error) as held:
            second.execute("SELECT * FROM t")
        assert cause_of(held.value) is Cause.LOCKED
    file.write_bytes(b"no database" * 1000)
    assert cause_of(sqlite_error("SELECT * FROM t", text)) is Cause.DAMAGED


def test_what_is_of_no_class_is_told_by_its_kind() -> None:
    """Without what it says, which may quote a row."""
    error = DBAPIError("SELECT 1", {}, sqlite3.DataError("Jan Jansen"))
    assert str(store_down(error, "there")) == "the store did not answer: there: DataError"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql+psycopg://u:p@db.example:5433/shop", "PostgreSQL at db.example:5433, database shop"),
        ("mysql+pymysql://u:p@[::1]/shop", "MariaDB or MySQL at [::1], database shop"),
        ("postgresql+psycopg://u:p@/shop?host=/run/pg&port=1", "PostgreSQL at /run/pg, database shop"),
        ("postgresql+psycopg://u:p@/shop?host=a&host=b", "PostgreSQL at a,b, database shop"),
        ("mysql+pymysql://u:p@/?unix_socket=/run/x.sock", "MariaDB or MySQL at /run/x.sock"),
        ("postgresql+psycopg:///shop", "PostgreSQL on this machine, database shop"),
        ("sqlite:////var/shop.sqlite3", "the file /var/shop.sqlite3"),
        ("sqlite://", "SQLite in memory"),
    ],
)
def test_where_a_store_is(url: str, place: str) -> None:
    """Server, port and database are named, or the file."""
    assert place_of(make_url(url)) == place


def test_what_no_url_names() -> None:
    """Other databases, and hosts that are none, are named as far as they can be."""
    assert outage.on_server("oracle", "db", 1521, None) == "oracle at db:1521"
    assert "host the URL does not show" in outage.on_server("postgresql", "a b", None, None)


SPECIAL = "@:/?#&=%+ "
tokens = st.text("abcdefghijklmnop0123456789", min_size=8, max_size=8)
SCHEMES = ("postgresql+psycopg", "mysql+pymysql")
accounts = st.tuples(
    tokens, st.lists(st.tuples(st.sampled_from(SPECIAL), tokens), max_size=2), st.sampled_from(SCHEMES)
)


@pytest.mark.services
@given(accounts)
def test_no_part_of_an_account_is_named(account: tuple[str, list[tuple[str, str]], str]) -> None:
    """However a password was written into a URL, encoded or not, no part of it and no user stands in the place."""
    first, more, scheme = account
    parts = ["quentin7", first, *(token for _, token in more)]
    password = first + "".join(special + token for special, token in more)
    url = f"{scheme}://quentin7:{password}@db.example/shop?connect_timeout=2"
    try:
        engine = make_engine(url)
    except ValueError as error:
        told = str(error)
    else:
        told = f"{engine} {place_of(engine.url)} {place_of(make_url(url))}"
    assert [part for part in parts if part in told] == []


def everything_in(error: BaseException, caplog: pytest.LogCaptureFixture) -> str:
    """An error and its contexts, as messages, reprs, log entry, and tracebacks with the locals of all but the test."""
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("shop").error("no store", exc_info=error)
    told = [caplog.text]
    link: BaseException | None = error
    while link is not None:
        told += [str(link), repr(link)]
        stack = TracebackException.from_exception(link, capture_locals=True).stack
        told += [f"{frame.line} {frame.locals}" for frame in stack if "/tests/" not in frame.filename]
        link = link.__context__  # whether it is shown or not
    return "\n".join(told)


@pytest.mark.services
@pytest.mark.parametrize(
    "opened",
    [
        SqlStore,
        lambda url: SqlSubjectKeys.at(url).state(),
        SqlJournal,
    ],
    ids=["store", "subject keys", "journal"],
)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_closed_port(opened: object, scheme: str, caplog: pytest.LogCaptureFixture) -> None:
    """Every store names server, port and cause; user and password are in no message, repr, log or traceback."""
    port = closed_port()
    assert callable(opened)
    with pytest.raises(StoreDown) as caught:
        opened(f"{scheme}://{USER}:{PASSWORD}@127.0.0.1:{port}/shop")
    assert f"at 127.0.0.1:{port}, database shop: {Cause.CLOSED.value}" in str(caught.value)
    told = everything_in(caught.value, caplog)
    assert USER not in told
    assert PASSWORD not in told


@pytest.mark.services
def test_a_store_of_keys_shows_no_user() -> None:
    """Where it is, and not who asks."""
    keys = SqlSubjectKeys.at(f"postgresql+psycopg://{USER}:{PASSWORD}@db.example/shop?password={PASSWORD}")
    assert repr(keys) == "SqlSubjectKeys('PostgreSQL at db.example, database shop')"
    keys.close()


def test_files_name_themselves(tmp_path: Path) -> None:
    """A file in a folder that is not there: the store's, and that of the keys of persons."""
    file = tmp_path / "none" / "x.sqlite3"
    for opened in (lambda: SqlStore(f"sqlite:///{file}"), lambda: SubjectKeyFile(file).add([])):
        with pytest.raises(PrivacyError) as caught:
            opened()
        assert str(caught.value) == f"the store did not answer: the file {file}: {Cause.NO_FILE.value}"


@pytest.fixture(params=["postgres", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server, on which the user has a password and may log in over no connection."""
    name = str(request.param)
    account = f"{USER}@'%'" if name == "mariadb" else USER
    with_password = f"IDENTIFIED BY '{PASSWORD}'" if name == "mariadb" else f"NOLOGIN PASSWORD '{PASSWORD}'"
    on_server(name, f"CREATE USER {account} {with_password}")
    try:
        yield SERVERS[name]
    finally:
        on_server(name, f"DROP USER {account}")


@pytest.mark.services
def test_a_real_server(server: str, caplog: pytest.LogCaptureFixture) -> None:
    """A refused log-in, an unknown host, an unknown database: each is told as what it is, and names no account."""
    url = make_url(server)
    mine = url.set(username=USER, password=f"not {PASSWORD}", database="test")
    cases = (
        (mine, Cause.REFUSED),
        (mine.set(host="no-such-host.invalid"), Cause.UNKNOWN_HOST),
        (url.set(database="no_such_database"), Cause.NO_DATABASE),
        (mine.set(port=closed_port()), Cause.CLOSED),
    )
    for wrong, cause in cases:
        with pytest.raises(StoreDown) as caught:
            SqlStore(wrong.render_as_string(hide_password=False))
        assert str(caught.value) == f"the store did not answer: {place_of(wrong)}: {cause.value}"
        told = everything_in(caught.value, caplog)
        assert USER not in told
        assert PASSWORD not in told
