"""The ledger in Django's own database: the contract suite, transactions, errors."""

from __future__ import annotations

import sqlite3
import unittest
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext, suppress
from errno import ECONNREFUSED
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.adapters.django_shop.set_up import FOLDER  # before anything that has models

# isort: split
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from shopprivacy import Privacy
from shopprivacy.adapters.django.database import answered, database_down
from shopprivacy.adapters.django.store import DjangoStore
from shopprivacy.adapters.django.stores.ledger_models import (
    EnforcedPolicy,
    LedgerCheckpoint,
    LedgerHead,
    LedgerJournal,
    LedgerRow,
    RefusalCount,
)
from shopprivacy.adapters.django.stores.mail import MailAsked, SubjectRing
from shopprivacy.adapters.django.stores.subject_keys import ErasedKey, SealingNote
from shopprivacy.analytics.store import SaltStore
from shopprivacy.decision import Action
from shopprivacy.errors import OpenTransaction, PrivacyError, StoreDown
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.pruning import PruningRules
from shopprivacy.ledger.store import ArchivedPolicy, LedgerStore
from shopprivacy.mail.store import MailStore
from shopprivacy.policy import Duration
from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.store import SubjectKeyNote, SubjectKeyStore
from shopprivacy.sealing.wrap import written
from shopprivacy.storage import sqlite
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.outage import Cause
from shopprivacy.storage.patience import patience
from shopprivacy.storage.registry import store_for
from shopprivacy.storage.salts import TABLE as SALTS
from shopprivacy.storage.subject_keys import KEYS, STATE
from shopprivacy.testing.mail_contract import MailStoreContract
from shopprivacy.testing.salt_contract import SUNDAY, SaltStoreContract, sample_salt
from shopprivacy.testing.samples import (
    NOON,
    sample_entry,
    sample_keyset,
    sample_ledger,
    sample_random,
    sample_subject,
)
from shopprivacy.testing.shared_ledger_contract import SharedLedgerStoreContract
from shopprivacy.testing.subject_key_contract import STATE as SAMPLE_STATE
from shopprivacy.testing.subject_key_contract import (
    SubjectKeyNoteContract,
    SubjectKeyStoreContract,
    sample_key,
)
from tests import servers
from tests.adapters.installed import only
from tests.privacy.shop import POLICY
from tests.storage.pruned import found_in, pruned_and_kept

MODELS = (
    ErasedKey,
    LedgerRow,
    LedgerHead,
    LedgerCheckpoint,
    LedgerJournal,
    RefusalCount,
    EnforcedPolicy,
    SubjectRing,
    MailAsked,
    SealingNote,
)


def _empty(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        for table in (KEYS, STATE):
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
    for model in MODELS:
        model.objects.using(alias).all().delete()
    connections[alias].close()


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.services),
        pytest.param("mariadb", marks=pytest.mark.services),
    ],
)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The alias of a database with tables that no other run has."""
    name: str = request.param
    on_server = f"DATABASE {connections[name].settings_dict['NAME']}"
    if name in servers.SERVERS:
        servers.on_server(name, f"CREATE {on_server}")
    call_command("migrate", "shopprivacy", database=name, verbosity=0)
    yield name
    call_command(
        "migrate", "shopprivacy", "zero", database=name, verbosity=0
    )  # as other tests want to find it
    connections[name].close()
    if name in servers.SERVERS:
        servers.on_server(name, f"DROP {on_server}")


@pytest.fixture
def alias(database: str) -> Iterator[str]:
    """The alias of a database with empty tables."""
    _empty(database)
    yield database
    connections[database].close()


@pytest.fixture
def store(alias: str) -> LedgerStore:
    """An empty store."""
    return DjangoStore(alias)


class TestDjango(SharedLedgerStoreContract, MailStoreContract):
    """On every database."""

    @pytest.fixture
    def mail_store(self, store: DjangoStore) -> MailStore:
        """What mail keeps in it."""
        return store.store_for(MailStore)

    @pytest.fixture
    def opening(self, alias: str) -> str:
        """How another process opens it."""
        lines = (
            "import os, sys",
            f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})",
            f"os.environ['SHOP_FOLDER'] = {str(FOLDER)!r}",
            "import tests.adapters.django_shop.set_up",
            "from shopprivacy.adapters.django.store import DjangoStore",
            f"store = DjangoStore({alias!r})",
        )
        return "\n".join(lines)


@contextmanager
def _without_autocommit(alias: str) -> Iterator[None]:
    """A shop that begins and ends its transactions by hand."""
    transaction.set_autocommit(False, using=alias)
    try:
        yield
        transaction.rollback(using=alias)
    finally:
        transaction.set_autocommit(True, using=alias)


class TestDjangoSalts(SaltStoreContract):
    """The salts of visitors in a database of Django's."""

    @pytest.fixture
    def store(self, alias: str) -> SaltStore:
        """An empty store; where salts cannot be shown to end, there is none."""
        if connections[alias].vendor != "postgresql":
            with pytest.raises(PrivacyError, match=f'salts of visitors cannot be stored in "{alias}"'):
                DjangoStore(alias).store_for(SaltStore)
            pytest.skip("not PostgreSQL")
        with connections[alias].cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {SALTS}")
        return DjangoStore(alias).store_for(SaltStore)

    def test_no_log_has_its_salts(self, store: SaltStore, alias: str) -> None:
        """Where Django keeps every statement, a salt is in none; what the shop rolls back does not take it back."""
        with CaptureQueriesContext(connections[alias]) as kept, transaction.atomic(alias):
            store.keep(SUNDAY, sample_salt(1))
            transaction.set_rollback(True, using=alias)
        assert store.keep(SUNDAY, sample_salt(2)).reveal() == sample_salt(1).reveal()
        assert sample_salt(1).reveal().hex() not in str(kept.captured_queries)
        assert repr(store) == f"DjangoSalts({alias!r})"


class TestDjangoSubjectKeys(SubjectKeyStoreContract):
    """The keys of persons in a database of Django's."""

    @pytest.fixture
    def store(self, alias: str) -> SubjectKeyStore:
        """An empty store."""
        return DjangoStore(alias).store_for(SubjectKeyStore)

    def test_it_names_its_database(self, store: SubjectKeyStore, alias: str) -> None:
        """The repr has the alias."""
        assert repr(store) == f"DjangoSubjectKeys({alias!r})"

    def test_no_log_has_its_keys(
        self, store: SubjectKeyStore, alias: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Where Django keeps and logs every statement, wrapped keys are in none."""
        caplog.set_level("DEBUG", "django.db.backends")
        with CaptureQueriesContext(connections[alias]) as kept:
            store.begin(SAMPLE_STATE)
            store.add([sample_key(1), sample_key(2, "")])
            assert store.bind([sample_key(2)])
        logged = f"{kept.captured_queries} {caplog.text} {[record.args for record in caplog.records]}"
        for number in (1, 2):
            assert (sample_key(number).wrapped or b"").hex() not in logged

    @pytest.mark.parametrize("outside", [transaction.atomic, _without_autocommit], ids=["atomic", "manual"])
    def test_whatever_becomes_of_the_shops_transaction(
        self, store: SubjectKeyStore, alias: str, outside: Callable[[str], Any]
    ) -> None:
        """A key is there before the data is, an erasure stays, and both are seen at once, in a transaction as well."""
        store.begin(SAMPLE_STATE)
        store.add([sample_key(1)])
        gone = sample_key(1)._replace(wrapped=None, erased_at=written(NOON))
        with outside(alias):
            if connections[alias].vendor != "sqlite":  # which lets nobody write while others read
                # MariaDB shows this transaction nothing newer from now on.
                assert not SealingNote.objects.using(alias).exists()
            store.add([sample_key(2), sample_key(3, "")])
            assert store.bind([sample_key(3)])
            assert store.erase([sample_key(1).handle], NOON, "02" * 16) == 1
            inside = list(store.of_owner(sample_subject()))
            if outside is transaction.atomic:
                transaction.set_rollback(True, using=alias)
        assert list(store.of_owner(sample_subject())) == inside == [gone, sample_key(2), sample_key(3)]
        state = store.state()
        assert state is not None
        assert state.revision == "02" * 16

    def test_after_an_error_in_the_shops_transaction(self, store: SubjectKeyStore, alias: str) -> None:
        """A transaction that can only be rolled back any more hinders no key."""
        store.begin(SAMPLE_STATE)
        with transaction.atomic(alias):
            with pytest.raises(DatabaseError), connections[alias].cursor() as cursor:
                cursor.execute("SELECT nothing FROM nowhere")
            transaction.set_rollback(True, using=alias)
            store.add([sample_key()])
        assert list(store.rows()) == [sample_key()]

    def test_a_held_database_of_sqlite(self, store: SubjectKeyStore, alias: str) -> None:
        """Where a transaction of the shop's has the SQLite file that the keys stand in, the message says what to do."""
        store.begin(SAMPLE_STATE)
        on_sqlite = connections[alias].vendor == "sqlite"
        with transaction.atomic(alias), patience(0.05):
            SealingNote.objects.using(alias).create(id=1, store="ab" * 16)
            if on_sqlite:
                with pytest.raises(StoreDown, match="file, or behind an alias, of their own"):
                    store.add([sample_key()])
            else:
                store.add([sample_key()])
        assert list(store.rows()) == [] if on_sqlite else [sample_key()]

    def test_a_note_that_was_rolled_back(self, alias: str) -> None:
        """The next key notes its store again, in the transaction of the data that it is for."""
        opened = DjangoStore(alias)
        keys = MemoryStore().store_for(SubjectKeyStore)
        note = opened.store_for(SubjectKeyNote)
        clocks: Any = {"random": sample_random(), "now": lambda: NOON, "seconds": lambda: 0.0}
        sealing = Sealing(sample_keyset(), "NL", keys, note, None, **clocks)
        with transaction.atomic(alias):
            sealing.seal("Anna", "customer.name", subject=("customer", 7))
            transaction.set_rollback(True, using=alias)
        assert note.read() is None
        sealing.seal("Bo", "customer.name", subject=("customer", 8))
        assert note.read() is not None

    def test_in_a_test_case(
        self, store: SubjectKeyStore, alias: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What Django's TestCase begins around a test is rolled back, keys and all, as everything else is."""
        store.begin(SAMPLE_STATE)
        only(monkeypatch, "default", alias)

        class Kept(TestCase):  # type: ignore[misc]  # Django has no types
            databases = frozenset({alias})

            def test(self) -> None:
                store.add([sample_key()])
                assert list(store.rows()) == [sample_key()]

        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Kept).run(result)
        assert (result.testsRun, result.errors, result.failures) == (1, [], [])
        assert list(store.rows()) == []


class TestDjangoSubjectKeyNote(SubjectKeyNoteContract):
    """What stands in the data's database about the store of subject keys."""

    @pytest.fixture
    def note(self, alias: str) -> SubjectKeyNote:
        """An empty one."""
        return DjangoStore(alias).store_for(SubjectKeyNote)

    def test_rows_name_themselves(self, note: SubjectKeyNote, alias: str) -> None:
        """By what they note."""
        note.write("ab" * 16)
        note.note_erased([bytes(16)], NOON)
        assert str(SealingNote.objects.using(alias).get()) == "ab" * 16
        assert str(ErasedKey.objects.using(alias).get()) == "00" * 16

    @pytest.mark.parametrize(("column", "owner"), [("handle", "hnadle"), ("hnadle", "handle")])
    def test_a_column_that_is_not_there(self, note: SubjectKeyNote, column: str, owner: str) -> None:
        """It is told, and not read as text, as SQLite does with a quoted name: every row would have one owner."""
        table = ErasedKey._meta.db_table
        note.note_erased([bytes(16)], NOON)
        assert list(note.envelopes(table, "handle", "handle")) == [("00" * 16, b"")]
        with pytest.raises(StoreDown):
            list(note.envelopes(table, column, owner))


def ledger(store: LedgerStore, seed: str = "ledger") -> Ledger:
    """A ledger over the store."""
    return sample_ledger(store, seed)


def test_every_domain_is_kept_in_the_same_database(alias: str, store: LedgerStore) -> None:
    """A store is asked for by its Protocol, and sees what another one in this database has written."""
    ledger(store).append([sample_entry()])
    assert store_for(store, LedgerStore).head() == store.head()
    assert store_for(DjangoStore(alias), LedgerStore).head().count == 1


def test_a_choice_belongs_to_the_shops_transaction(alias: str, store: LedgerStore) -> None:
    """Inside the shop's own transaction a choice is recorded with it, or not at all; the chain goes on either way."""
    book = ledger(store)
    with transaction.atomic(alias):
        book.append([sample_entry()])
        transaction.set_rollback(True, using=alias)
    assert book.head().count == 0
    with transaction.atomic(alias):
        book.append([sample_entry()])
    book.append([sample_entry(Action.WITHDRAWN)])
    assert book.head().count == 2
    book.verify().require()


def _elsewhere(alias: str, function: Callable[[], object]) -> None:
    """Run a function in a thread, and so on a connection, of its own."""

    def run() -> None:
        try:
            function()
        finally:
            connections[alias].close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


@pytest.mark.parametrize("database", [pytest.param("mariadb", marks=pytest.mark.services)], indirect=True)
def test_a_snapshot_hides_nothing_from_who_writes(alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under REPEATABLE READ, too, a choice is held against the last one that was committed, not the last one seen."""
    monkeypatch.setitem(connections[alias].settings_dict["OPTIONS"], "isolation_level", "repeatable read")
    store = DjangoStore(alias)
    book, other = ledger(store), ledger(store, "other")
    book.append([sample_entry(), sample_entry(Action.WITHDRAWN)])
    granted, withdrawn = [row.digest for row in store.rows()]
    with transaction.atomic(alias):
        assert len(store.rows_after(0)) == 2
        _elsewhere(alias, lambda: other.append([sample_entry()]))
        _elsewhere(alias, lambda: _blank(store, 1))
        assert len(store.rows_after(0)) == 2, "this transaction sees no more"
        with store.writing() as writer:
            assert writer.known([granted, withdrawn]) == {granted: False, withdrawn: True}
            assert writer.blank([1]) == []
        book.append([sample_entry(Action.WITHDRAWN)])
    actions = [entry.action for entry in book.entries_of(sample_subject())]
    assert actions == [Action.WITHDRAWN, Action.GRANTED, Action.WITHDRAWN]


def _blank(store: DjangoStore, seq: int) -> None:
    with store.writing() as writer:
        writer.blank([seq])


@contextmanager
def _begun_by_hand(alias: str) -> Iterator[None]:
    with connections[alias].cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


@contextmanager
def _used_without_autocommit(alias: str) -> Iterator[None]:
    with _without_autocommit(alias):
        LedgerRow.objects.using(alias).exists()
        if alias == "sqlite":  # where reading begins nothing
            RefusalCount.objects.using(alias).create(day="2026-01-01", purpose="ads", counted=0)
        yield


@pytest.mark.parametrize("begun", [transaction.atomic, _begun_by_hand, _used_without_autocommit])
def test_what_is_committed_is_not_asked_for_inside_a_transaction(
    alias: str, store: LedgerStore, begun: Callable[[str], Any]
) -> None:
    """D42: atomic(), ATOMIC_REQUESTS, BEGIN by hand: it raises and says what to do, and asks again once that ended."""
    with begun(alias), pytest.raises(OpenTransaction, match="non_atomic_requests"), store.committed():
        raise AssertionError
    with store.committed():
        assert store.head().count == 0
    LedgerRow.objects.using(alias).exists()  # the connection is open, and nothing is begun
    with store.committed():
        assert store.head().count == 0


def test_what_is_committed_is_read_on_a_connection_of_its_own(alias: str, store: LedgerStore) -> None:
    """The shop's own connection is as it was before, and nothing is left open."""
    shops = connections[alias]
    with store.committed():
        own = connections[alias]
        assert own is not shops
        assert own.get_autocommit()
        ledger(store).append([sample_entry()])
        assert own.connection is not None, "one for all that is asked"
    assert connections[alias] is shops
    assert (own.connection, shops.connection) == (None, None)
    assert store.head().count == 1
    with suppress(ZeroDivisionError), store.committed():
        raise ZeroDivisionError
    assert connections[alias] is shops


def test_what_a_test_case_wrote_is_seen_there(
    alias: str, store: LedgerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a shop's own tests all stands in a transaction that is none of the shop's; its atomic() raises there, too."""
    only(monkeypatch, "default", alias)

    class Sends(TestCase):  # type: ignore[misc]  # Django has no types
        databases = frozenset({alias})

        def test(self) -> None:
            ledger(store).append([sample_entry()])
            with store.committed():
                assert store.head().count == 1
            with transaction.atomic(alias), pytest.raises(OpenTransaction), store.committed():
                raise AssertionError

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Sends).run(result)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])
    assert store.head().count == 0


def test_a_database_that_does_not_answer_clears_nothing(alias: str, store: LedgerStore) -> None:
    """No connection of its own can be had: StoreDown, and the shop's is as it was."""
    shops = connections[alias]

    def refused(_alias: str) -> Any:
        raise DatabaseError("too many connections")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(shops), "connect", refused)
        with pytest.raises(StoreDown), store.committed():
            raise AssertionError
    assert connections[alias] is shops


def test_no_connection_stays_open(alias: str, store: LedgerStore) -> None:
    """Outside Django's requests nobody else would close it."""
    list(store.rows())
    ledger(store).append([sample_entry()])
    assert connections[alias].connection is None


def test_a_connection_that_broke_is_replaced(alias: str, store: LedgerStore) -> None:
    """After the database was away, the next question is answered."""
    connections[alias].ensure_connection()
    connections[alias].connection.close()
    with pytest.raises(StoreDown):
        store.head()
    assert store.head().count == 0


def test_errors_say_nothing(alias: str, store: LedgerStore) -> None:
    """A missing table is StoreDown for every method, without statement or values, and names the migrations."""
    book = ledger(store)
    policy = ArchivedPolicy("v", NOON.date(), NOON, "{}")
    calls: list[Any] = [
        lambda: book.append([sample_entry()]),
        store.head,
        lambda: list(store.rows()),
        lambda: store.rows_of(sample_subject()),
        lambda: store.known([bytes(32)]),
        store.checkpoints,
        lambda: store.add_checkpoint(book.checkpoint(NOON)),
        lambda: store.count_refusals(NOON.date(), ["a"]),
        store.refusals,
        lambda: store.archive_policy(policy),
        store.archived_policies,
    ]
    call_command("migrate", "shopprivacy", "zero", database=alias, verbosity=0)
    try:
        for call in calls:
            with pytest.raises(
                StoreDown,
                match=rf'^the store did not answer: DATABASES\["{alias}"\], .+: a table is missing: run python manage',
            ):
                call()
    finally:
        call_command("migrate", "shopprivacy", database=alias, verbosity=0)


@pytest.mark.parametrize(
    ("engine", "place"),
    [
        ("django.db.backends.postgresql", "PostgreSQL at db.example:5433, database shop"),
        ("django.contrib.gis.db.backends.postgis", "PostgreSQL at db.example:5433, database shop"),
        ("django.db.backends.mysql", "MariaDB or MySQL at db.example:5433, database shop"),
        ("django.db.backends.sqlite3", "the file shop"),
    ],
)
def test_a_database_that_is_down_is_named(engine: str, place: str) -> None:
    """Alias, server and cause; neither its user nor its password, which drivers quote."""
    error = OperationalError("failed")
    error.__cause__ = ConnectionRefusedError(ECONNREFUSED, "as somebody with a secret")
    account = {"USER": "somebody", "PASSWORD": "secret"}
    chosen = {"ENGINE": engine, "NAME": "shop", "HOST": "db.example", "PORT": "5433", **account}
    told = f'the store did not answer: DATABASES["other"], {place}: {Cause.CLOSED.value}'
    assert str(database_down(error, "other", chosen)) == told


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_tampering_in_the_table_is_found(store: LedgerStore) -> None:
    """A row changed with another program is named."""
    book = ledger(store)
    book.append([sample_entry(), sample_entry(Action.WITHDRAWN), sample_entry()])
    with sqlite3.connect(FOLDER / "ledger.sqlite3") as connection:
        connection.execute("UPDATE shopprivacy_ledger SET at = '2025-01-01T00:00:00.000000Z' WHERE seq = 2")
    connection.close()
    assert [str(fault) for fault in book.verify().faults] == [
        "row 2: was edited: its content is not what its digest says"
    ]


@pytest.fixture
def write_ahead(store: LedgerStore) -> Iterator[sqlite3.Connection]:
    """The database in WAL mode, and a connection to it of another program, which keeps the log from being deleted."""
    with closing(sqlite3.connect(FOLDER / "ledger.sqlite3", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        store.head()  # the other one has looked, too
        other.execute("SELECT * FROM shopprivacy_ledger").fetchall()
        yield other
        connections["sqlite"].close()
        other.execute("PRAGMA journal_mode = DELETE")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("in_transaction", [True, False])
def test_nothing_pruned_stays_in_the_files(
    alias: str, store: DjangoStore, write_ahead: sqlite3.Connection, in_transaction: bool
) -> None:
    """Neither in the database nor in its write-ahead log, though another program has it open; also once rows moved."""
    book, gone, kept = ledger(store), *pruned_and_kept()
    book.append(sample_entry(subject=subject) for subject in [*gone, *kept])
    book.append(sample_entry(Action.WITHDRAWN, subject=subject) for subject in gone)
    assert found_in(FOLDER, "ledger.sqlite3", gone) == set(gone)
    rules, now = PruningRules(Duration.parse("7 years")), NOON.replace(year=2040)
    with transaction.atomic(alias) if in_transaction else nullcontext():
        assert book.prune(rules, now) == 2 * len(gone)
    assert found_in(FOLDER, "ledger.sqlite3", gone) == set()
    assert found_in(FOLDER, "ledger.sqlite3", kept) == set(kept)
    book.verify().require()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_log_is_emptied_once_nobody_reads_it(
    store: DjangoStore, write_ahead: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pruning is done though another program reads an old state, and a job takes what it left."""
    monkeypatch.setattr(sqlite, "_WAIT", 1)
    book, [gone] = ledger(store), [sample_subject()]
    book.append([sample_entry(), sample_entry(Action.WITHDRAWN)])
    write_ahead.execute("BEGIN")
    write_ahead.execute("SELECT * FROM shopprivacy_ledger").fetchall()
    assert book.prune(PruningRules(Duration.parse("7 years")), NOON.replace(year=2040)) == 2
    [job] = store.jobs
    with pytest.raises(StoreDown, match="log"):
        job.run(NOON)
    assert found_in(FOLDER, "ledger.sqlite3", [gone])
    write_ahead.execute("COMMIT")
    job.run(NOON)
    assert not found_in(FOLDER, "ledger.sqlite3", [gone])


@pytest.mark.parametrize(
    "database",
    [pytest.param(name, marks=pytest.mark.services) for name in ("postgres", "mariadb")],
    indirect=True,
)
def test_other_databases_have_no_such_log(store: DjangoStore) -> None:
    """What they keep of what was deleted is for their operator to say."""
    assert store.jobs == ()


@pytest.fixture
def newer_migration(alias: str) -> Iterator[None]:
    """What a migration of the next minor version would leave: a column that may be NULL, and a table."""

    def run(*statements: str) -> None:
        with connections[alias].cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    run(
        "ALTER TABLE shopprivacy_ledger ADD COLUMN shelf VARCHAR(20)",
        "CREATE TABLE shopprivacy_shelf (number INTEGER PRIMARY KEY)",
    )
    recorder = MigrationRecorder(connections[alias])
    recorder.record_applied("shopprivacy", "0002_shelves")
    yield
    recorder.record_unapplied("shopprivacy", "0002_shelves")
    run("DROP TABLE shopprivacy_shelf", "ALTER TABLE shopprivacy_ledger DROP COLUMN shelf")


@pytest.mark.usefixtures("newer_migration")
def test_a_release_works_after_the_migrations_of_the_next_minor_version(
    alias: str, store: LedgerStore
) -> None:
    """Rolled back, it checks, migrates, records, reads, verifies and prunes."""
    call_command("check", database=[alias], verbosity=0)
    call_command("migrate", "shopprivacy", database=alias, verbosity=0)
    call_command("migrate", "shopprivacy", database=alias, check_unapplied=True, verbosity=0)
    book = ledger(store)
    book.append([sample_entry(), sample_entry(Action.WITHDRAWN)])
    assert not book.was_allowed(sample_subject(), "newsletter", NOON)
    book.verify().require()
    assert book.prune(PruningRules(Duration.parse("7 years")), NOON.replace(year=2040)) == 2
    book.verify().require()
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT shelf FROM shopprivacy_ledger")
        assert set(cursor.fetchall()) == {(None,)}
    assert ("shopprivacy", "0002_shelves") in MigrationRecorder(connections[alias]).applied_migrations()


def test_migrations_are_complete() -> None:
    """The models say nothing that the migrations do not."""
    call_command("makemigrations", "shopprivacy", check=True, dry_run=True, skip_checks=True, verbosity=0)


@contextmanager
def _held(alias: str) -> Iterator[None]:
    """Have the ledger's head, as a transaction would that hangs; on SQLite, all of the database."""
    other = connections[alias].copy()
    try:
        if other.vendor == "sqlite":
            with other.cursor() as cursor:
                cursor.execute("BEGIN IMMEDIATE")
        else:
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("SELECT * FROM shopprivacy_ledger_head FOR UPDATE")
        yield
        if other.vendor == "sqlite":
            with other.cursor() as cursor:
                cursor.execute("ROLLBACK")
        else:
            other.rollback()
    finally:
        other.close()


def _waits(alias: str) -> list[Any]:
    """How long this connection waits for a lock, and for a statement."""
    shown = {
        "sqlite": ["PRAGMA busy_timeout"],
        "postgresql": ["SHOW lock_timeout", "SHOW statement_timeout"],
        "mysql": ["SELECT @@SESSION.innodb_lock_wait_timeout", "SELECT @@SESSION.max_statement_time"],
    }
    with connections[alias].cursor() as cursor:
        found = []
        for ask in shown[connections[alias].vendor]:
            cursor.execute(ask)
            found.append(cursor.fetchone()[0])
        return found


@pytest.mark.parametrize("in_transaction", [False, True])
def test_nobody_waits_for_a_database_that_hangs(alias: str, store: DjangoStore, in_transaction: bool) -> None:
    """Where a visitor waits, the wait is the library's; the shop's own settings hold again afterwards."""
    book = ledger(store)
    book.append([sample_entry()])
    usual = _waits(alias)

    def withdraw() -> None:
        with patience(0.3), transaction.atomic(alias) if in_transaction else nullcontext():
            book.append([sample_entry(Action.WITHDRAWN)])

    with _held(alias):
        began = monotonic()
        with pytest.raises(StoreDown):
            withdraw()
        assert monotonic() - began < 3
        assert _waits(alias) == usual
    with transaction.atomic(alias):
        with patience(0.3):
            assert len(book.append([sample_entry(Action.WITHDRAWN)])) == 1
        assert _waits(alias) == usual
    assert _waits(alias) == usual
    assert book.head().count == 2


def test_what_fails_in_a_transaction_of_the_shop_does_not_end_it(alias: str, store: DjangoStore) -> None:
    """An order that is placed while the ledger cannot be read, and whose mail asks it, is placed."""
    usual, mail = _waits(alias), store.store_for(MailStore)
    with transaction.atomic(alias):
        assert mail.take_day("before", NOON.date())
        with patience(0.3), pytest.raises(StoreDown), answered(alias), connections[alias].cursor() as cursor:
            cursor.execute("SELECT * FROM shopprivacy_nowhere")
        assert mail.take_day("after", NOON.date())
        assert _waits(alias) == usual
    assert not mail.take_day("before", NOON.date())
    assert not mail.take_day("after", NOON.date())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_withdrawals_are_answered_while_the_database_is_held(
    alias: str, store: DjangoStore, tmp_path: Path
) -> None:
    """Each within three seconds, into the journal; all of them are in the ledger once it is back."""
    journal = JournalFile(tmp_path / "journal")
    privacy = Privacy(POLICY, keyset=sample_keyset(), store=store, journal=journal)
    privacy._feed.stop()
    for customer in range(10):
        privacy.grant(customer, "newsletter")
    with _held(alias):
        for customer in range(10):
            began = monotonic()
            privacy.withdraw(customer, "newsletter")
            assert monotonic() - began < 3
    privacy._feed.look()
    assert not any(privacy.may(customer, "newsletter") for customer in range(10))
    assert privacy.ledger.head().count == 20
    privacy.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_tables_of_a_newer_release(alias: str, store: DjangoStore) -> None:
    """Those of the next minor version are used as they are; of a newer major version they are refused by name."""
    applied = MigrationRecorder(connections[alias])
    try:
        applied.record_applied("shopprivacy", "9001_more")
        store.check_usable()
        ledger(store).append([sample_entry()])
        applied.record_applied("shopprivacy", "9002_major_2")
        with pytest.raises(PrivacyError, match=r"the migration 9002_major_2 .* \"sqlite\""):
            store.check_usable()
    finally:
        for name in ("9001_more", "9002_major_2"):
            applied.record_unapplied("shopprivacy", name)
    store.check_usable()
