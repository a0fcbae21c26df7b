"""The types of sealed columns and of their blind indexes.

class Customer(Base):
    __tablename__ = "customer"
    privacy_subject = "customer:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Sealed())
    email_index = blind_index("email", by="email", unique=True)

A migration says ``sa.LargeBinary()`` and ``sa.String(length=32)``: Alembic writes what a type's module and ``repr``
say, and those of these types are what the database has, so that it needs neither this library nor a key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Column as TableColumn
from sqlalchemy import LargeBinary, String, Table, event
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from shopprivacy.adapters.sqlalchemy.comparison import BlindIndexComparator, SealedComparator
from shopprivacy.adapters.sqlalchemy.loaded import is_sealed, loader
from shopprivacy.adapters.sqlalchemy.new_keys import NewKeys
from shopprivacy.adapters.sqlalchemy.place import SealedPlace
from shopprivacy.adapters.sqlalchemy.refused import Refused
from shopprivacy.errors import SealRefused
from shopprivacy.sealing.blind_index import INDEX_LENGTH, normaliser_called
from shopprivacy.sealing.column import Sealed as SealedValue
from shopprivacy.sealing.envelope import stored_length
from shopprivacy.sealing.groups import checked_group
from shopprivacy.sealing.model import PROFILE
from shopprivacy.sealing.service import KeyKind

_KINDS: Final = (str, bytes, int, Decimal, date, datetime, bool, float, dict, list)
_BLOB: Final = 65_535
"""What MariaDB's BLOB holds: more is asked for by length."""
_SQLALCHEMY: Final = "sqlalchemy.sql.sqltypes"


class Sealed(TypeDecorator[Any]):
    """The type of a column of sealed values: ``mapped_column(Sealed())``, ``mapped_column(Sealed(date))``.

    Args:
        kind: what a value is: str, bytes, int, Decimal, date, datetime (with a time zone), bool, float, dict or list.
        length: the most characters of a str, or bytes.
        key: ``"subject"``: sealed for the row's owner, whom the model names in ``privacy_subject``; ``"field"``: with
            the shop's own key, which nobody's erasure reaches.
        group: what is erased together.
        name: ``table.column`` as the values are sealed, to be kept when either is renamed.
        clear: the attribute that has the values in clear, while a table is being sealed: what is saved there is saved
            here, too.

    Raises SealRefused for a kind that cannot be sealed and for a group that is no word.
    """

    __module__ = _SQLALCHEMY
    impl = LargeBinary
    cache_ok = True
    comparator_factory: Any = SealedComparator
    place: SealedPlace | None = None

    def __init__(
        self,
        kind: type = str,
        *,
        length: int | None = None,
        key: KeyKind = "subject",
        group: str = PROFILE,
        name: str | None = None,
        clear: str | None = None,
    ) -> None:
        if kind not in _KINDS:
            kinds = ", ".join(one.__name__ for one in _KINDS)
            raise SealRefused(f"Sealed: values of this kind cannot be sealed; there are {kinds}")
        stored = None if length is None else stored_length(length * (4 if kind is str else 1))
        super().__init__(length=stored if stored is not None and stored > _BLOB else None)
        self.kind = kind
        self.length = length
        self.key: KeyKind = key
        self.group = checked_group(group)
        self.name = name
        self.clear = clear

    @property
    def python_type(self) -> type:
        """What a value is."""
        return self.kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Return the bytes of what was sealed. Raises SealRefused for everything else."""
        if value is None:
            return None
        if is_sealed(value):
            if value.__class__ is SealedValue and value.batch.__class__ is NewKeys:
                value.batch.keep()
            return bytes(value.envelope)
        del value
        raise Refused(
            f"{self._named}: a sealed column takes no plain value. Values are sealed for their row when a session "
            "flushes: set the attribute of each row. One value for many rows would show that they are equal"
        )

    def literal_processor(self, dialect: Dialect) -> Any:
        """Return what writes a value into the text of a statement: its column's name, which no database can execute.

        An error from here SQLAlchemy would wrap in one that quotes the value.
        """
        return lambda _: f"<sealed {self._named}>"

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what makes loaded values `Sealed`, also of what another type's driver would choke on."""
        return None if self.place is None else loader(self.place.loaded)

    def compare_values(self, x: Any, y: Any) -> bool:
        """Whether a row has not changed."""
        if is_sealed(x) and is_sealed(y):
            return bool(x.envelope == y.envelope)
        return x is y or (type(x) is type(y) and bool(x == y))

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """Return this type."""
        return self

    @property
    def _named(self) -> str:
        return "a sealed column" if self.place is None else self.place.name

    def __repr__(self) -> str:
        length = getattr(self.impl, "length", None)
        return f"LargeBinary({'' if length is None else f'length={length}'})"

    def __reduce__(self) -> tuple[Callable[..., Sealed], tuple[Any, ...]]:
        return _sealed, (self.kind, self.length, self.key, self.group, self.name, self.clear)


def _sealed(
    kind: type, length: int | None, key: KeyKind, group: str, name: str | None, clear: str | None
) -> Sealed:
    return Sealed(kind, length=length, key=key, group=group, name=name, clear=clear)


class BlindIndex(TypeDecorator[str]):
    """The type of an index column: `blind_index` makes one.

    Its digits are lower case, so that a collation that knows no case finds nothing more.
    """

    __module__ = _SQLALCHEMY
    impl = String
    cache_ok = True
    comparator_factory: Any = BlindIndexComparator
    place: SealedPlace | None = None

    def __init__(self, of: str, by: str) -> None:
        super().__init__(length=INDEX_LENGTH)
        self.of = of
        self.by = normaliser_called(by, of).name

    def __repr__(self) -> str:
        return f"String(length={INDEX_LENGTH})"

    def __reduce__(self) -> tuple[Callable[..., BlindIndex], tuple[str, str]]:
        return _blind_index, (self.of, self.by)


def _blind_index(of: str, by: str) -> BlindIndex:
    return BlindIndex(of, by)


def blind_index(
    of: str, *, by: str = "exact", unique: bool = False, name: str | None = None
) -> MappedColumn[Any]:
    """Return a column for finding values of a sealed one; it is filled whenever a row is saved.

    ``of`` is the sealed attribute, ``by`` what counts as equal: ``"exact"``, ``"folded"``, ``"email"``, ``"phone"``,
    ``"compact"`` or ``"last_word"``. ``unique``: no two rows may have equal values. ``name`` is the column's.

    Write it without an annotation, ``email_index = blind_index("email", by="email")``: then it is not a parameter of a
    dataclass. Raises SealRefused for a normaliser that does not exist.
    """
    named: tuple[Any, ...] = () if name is None else (name,)
    return mapped_column(*named, BlindIndex(of, by), nullable=True, unique=unique or None, index=not unique)


@event.listens_for(TableColumn, "after_parent_attach")
def _attached(column: TableColumn[Any], parent: object) -> None:
    if not isinstance(parent, Table):
        return
    if isinstance(column.type, Sealed):
        column.type.place = SealedPlace(column)
    elif isinstance(column.type, BlindIndex):
        column.type.place = None  # a copy of another table's
