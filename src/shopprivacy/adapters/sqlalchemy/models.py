"""Models that have sealed columns: looked at when SQLAlchemy configures them, and given their keys once at start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ForeignKey, MetaData, UniqueConstraint, event
from sqlalchemy.orm import Mapper, registry

from shopprivacy.adapters.sqlalchemy.attribute import open_on_access
from shopprivacy.adapters.sqlalchemy.column_types import BlindIndex, Sealed
from shopprivacy.adapters.sqlalchemy.flush import seal_when_flushed
from shopprivacy.adapters.sqlalchemy.known_owners import forget_owners_with_each_flush
from shopprivacy.adapters.sqlalchemy.new_keys import keep_keys_together
from shopprivacy.adapters.sqlalchemy.place import SEALING
from shopprivacy.adapters.sqlalchemy.prefetch import look_up_while_loading
from shopprivacy.adapters.sqlalchemy.rows import SEALED, Field, Rows, keep_rows, sealed_mappers
from shopprivacy.adapters.sqlalchemy.statements import refuse_statements
from shopprivacy.adapters.sqlalchemy.tables import MetaDataModels
from shopprivacy.errors import SealRefused
from shopprivacy.sealing.owners import ATTRIBUTE
from shopprivacy.sealing.service import Sealing
from shopprivacy.storage.sealed_models import know_models


def seal_models(base: type[Any] | registry | MetaData, sealing: Sealing) -> None:
    """Give the models of a declarative base the shop's keys: ``seal_models(Base, privacy.sealing)``, once at start.

    Another call gives them other keys, for example in tests. Raises SealRefused for a model without an owner of its
    rows, and for a column that the database would fill or change without the library.
    """
    found: Any = base if isinstance(base, registry | MetaData) else base.registry
    metadata = found if isinstance(found, MetaData) else found.metadata
    metadata.info[SEALING] = sealing
    know_models(sealing, MetaDataModels(metadata))
    for _, rows in sealed_mappers(metadata):
        rows.forget_keys()  # another shop's
    if isinstance(found, registry):
        found.configure(cascade=True)


@event.listens_for(Mapper, "mapper_configured")
def _configured(mapper: Mapper[Any], model: type) -> None:
    if not any(isinstance(column.type, Sealed | BlindIndex) for column in mapper.columns):
        return
    rows = keep_rows(mapper)
    for fault in _faults(mapper, rows):
        raise SealRefused(f"{model.__name__}: {fault}")
    if not SEALED:
        refuse_statements()
        keep_keys_together()
        forget_owners_with_each_flush()
        look_up_while_loading()
    SEALED.add(mapper)
    open_on_access(mapper, rows)
    seal_when_flushed(mapper, rows)


def _faults(mapper: Mapper[Any], rows: Rows) -> Iterator[str]:
    for field in rows.fields:
        yield from _field(mapper, field)
    known = {index for field in rows.fields for index, _ in field.indexes}
    for property_ in mapper.column_attrs:
        type_ = getattr(property_.columns[0], "type", None)
        if isinstance(type_, BlindIndex) and property_.key not in known:
            yield f'{property_.key}: there is no sealed attribute "{type_.of}" to be found by'
    if not rows.is_personal:
        return
    if not rows.owners:
        personal = ", ".join(field.attribute for field in rows.fields if field.is_personal)
        yield (
            f'nothing says who owns {personal}: {ATTRIBUTE} = "customer:customer_id" on the model, or key="field" for '
            "values that belong to nobody"
        )
    for owner in rows.owners:
        yield from _owner(mapper, owner.attribute)


def _field(mapper: Mapper[Any], field: Field) -> Iterator[str]:
    column, name = field.table_column, field.attribute
    if column.server_default is not None or column.server_onupdate is not None or column.computed is not None:
        yield f"{name}: the database would store its server_default unencrypted; use default=, which is sealed"
    if column.primary_key or column.foreign_keys:
        yield f"{name}: a sealed column cannot be a key of the table"
    unique = (one for one in column.table.constraints if isinstance(one, UniqueConstraint))
    groups: list[Any] = [*unique, *column.table.indexes]
    held = [one for group in groups for one in group.columns]
    if any(one is column for one in held):
        yield f'{name}: put unique and index on {name}_index = blind_index("{name}", unique=True)'
    for composite in mapper.composites:
        if any(one.key == name for one in composite.props):
            yield f"{name}: composite() reads columns past their attributes; make a property of {composite.key}"
    if field.type.clear is not None and field.type.clear not in mapper.columns:
        yield f'{name}: there is no attribute "{field.type.clear}" to follow'


def _owner(mapper: Mapper[Any], attribute: str) -> Iterator[str]:
    column = mapper.columns.get(attribute)
    keys: set[ForeignKey] = set() if column is None else column.foreign_keys
    if column is None or not (column.primary_key or keys):
        yield (
            f"{ATTRIBUTE}: {attribute} is neither the primary key nor a foreign key. Name the column that the shop "
            "uses for access control, such as id or customer_id: somebody who can write could copy any other along"
        )
    for key in keys:
        for clause, action in (("ondelete", key.ondelete), ("onupdate", key.onupdate)):
            said = (action or "").upper()
            if said.startswith("SET") or (clause == "onupdate" and said == "CASCADE"):
                yield (
                    f'{attribute}: {clause}="{said}" changes the owner of rows in the database, which cannot '
                    "seal them again: they would be unreadable"
                )
