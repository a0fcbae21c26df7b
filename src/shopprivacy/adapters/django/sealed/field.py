"""What every sealed field is besides the kind of field that a form sees."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.db import models

from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.adapters.django.sealed import bulk_update
from shopprivacy.adapters.django.sealed.attribute import SealedAttribute
from shopprivacy.adapters.django.sealed.forms import RowValue, opening
from shopprivacy.adapters.django.sealed.index import BlindIndexField
from shopprivacy.adapters.django.sealed.lookups import SealedCol, lookup_of, refused_lookup
from shopprivacy.adapters.django.sealed.rows import tells_number
from shopprivacy.adapters.django.sealed.stored import Stored
from shopprivacy.errors import SealRefused
from shopprivacy.sealing.column import Column, Sealed, Unsaved, loader, refuse_index
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.envelope import HEAD_BYTES, stored_length
from shopprivacy.sealing.model import PROFILE, Erased, NewSubject
from shopprivacy.sealing.service import KeyKind, Sealing

_DUMPED: Final = "sealed:"
_VARBINARY: Final = 1000


class SealedMixin(models.Field):
    """A column of sealed values.

    Args:
        key: ``"subject"``: sealed for the row's owner, named in the model's ``privacy_subject``; ``"field"``: with the
            shop's own key, which no erasure of a person destroys.
        group: what is erased together.
        name: ``table.column`` with which the values are sealed; keep it when either is renamed.
        index: a normaliser, or several, by which values are found: ``"exact"``, ``"folded"``, ``"email"``,
            ``"phone"``, ``"compact"``, ``"last_word"``; True: the field's usual one.
        unique: no two rows may have values with the same index; the index column has the constraint. Needs no
        ``index``.
        clear: the field with the plain values, while a table is being sealed: what is saved there is saved here, too.
    """

    descriptor_class = SealedAttribute
    usual_index: ClassVar[str] = "exact"
    value_type: ClassVar[type] = str
    converts: ClassVar[bool] = False
    """Whether a value is sealed in another form than the attribute gives it."""
    value_bytes: ClassVar[int | None] = None
    """How long the bytes of a value are at most; None: ``max_length`` says."""

    def __init__(
        self,
        *args: Any,
        key: KeyKind = "subject",
        group: str = PROFILE,
        name: str | None = None,
        index: bool | str | Sequence[str] = False,
        unique: bool = False,
        clear: str | None = None,
        **options: Any,
    ) -> None:
        if options.get("primary_key"):
            raise SealRefused("a sealed field cannot be a primary key")
        options.pop("db_index", None)
        super().__init__(*args, unique=unique, **options)
        self.key = key
        self.group = group
        self.sealed_name = name
        self.clear = clear
        wanted = index or unique
        self.normalisers: tuple[str, ...] = (
            ()
            if not wanted
            else (self.usual_index,)
            if wanted is True
            else (wanted,)
            if isinstance(wanted, str)
            else tuple(wanted)
        )

    # Its model

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Take its place in a model, with its index columns."""
        super().contribute_to_class(cls, name, private_only=private_only)
        if cls._meta.abstract:
            return
        self.sealed_column = Column(
            self.sealed_name or f"{cls._meta.db_table}.{self.column}",
            self.key, self.group, self.normalisers, _sealing, self,
        )  # fmt: skip
        if self.normalisers:
            choices = [*(self.flatchoices or ())] or None
            refuse_index(self.sealed_column.name, self.value_type, choices and len(choices))
        whole = self.sealed_column.whole
        for normaliser in self.normalisers:
            suffix = "index" if normaliser == whole else normaliser
            index = BlindIndexField(self.name, normaliser, unique=self.unique and normaliser == whole)
            cls.add_to_class(f"{name}_{suffix}", index)

    @property
    def index_fields(self) -> list[BlindIndexField]:
        """The index columns beside it."""
        return [
            field
            for field in self.model._meta.local_fields
            if isinstance(field, BlindIndexField) and field.sealed_name == self.name
        ]

    def index_field(self, normaliser: str) -> BlindIndexField:
        """Return the index column of a normaliser."""
        return next(field for field in self.index_fields if field.normaliser == normaliser)

    # Its column

    def get_internal_type(self) -> str:
        """Return what the database takes it for."""
        return "BinaryField"

    def db_type(self, connection: Any) -> str:
        """Return a binary type, which on MariaDB is none of those that hold gigabytes."""
        if connection.vendor != "mysql":
            return str(models.BinaryField().db_type(connection))
        length = self.value_bytes or (4 * self.max_length if self.max_length else None)
        if length is not None and stored_length(length) <= _VARBINARY:
            return f"varbinary({stored_length(length)})"
        return "mediumblob"

    def cast_db_type(self, connection: Any) -> str:
        """Return the type of an expression that is cast to this."""
        return "binary" if connection.vendor == "mysql" else str(models.BinaryField().db_type(connection))

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        """Return its type; it has no collation and no check."""
        return {"type": self.db_type(connection), "check": None}

    def db_check(self, connection: Any) -> None:
        """A sealed value is checked before it is sealed."""

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Return what a migration says: a plain binary column, without this library and without a key."""
        options: dict[str, Any] = {"null": True} if self.null else {}
        if self.db_column:
            options["db_column"] = self.db_column
        return self.name, "django.db.models.BinaryField", [], options

    def clone(self) -> models.Field:
        """Return the plain column, as migrations have it."""
        return models.BinaryField(**self.deconstruct()[3])

    # Loading and saving

    @property
    def db_returning(self) -> bool:
        """Whether an INSERT returns it: the first of a table whose numbers the database gives."""
        return self.key != "field" and tells_number(self.model) == self.attname

    def get_db_converters(self, connection: Any) -> list[Callable[..., Any]]:
        """Return what makes the values of one query `Sealed`."""
        return [loader(self.sealed_column)]

    @discreet
    def pre_save(self, model_instance: models.Model, add: bool) -> Stored:
        """Seal what the row holds. What it raises holds no value, in its words and in the frames of its traceback."""
        values = model_instance.__dict__
        if isinstance(values.get(self.attname), Stored):
            return values[self.attname]  # type: ignore[no-any-return]
        self.fill(model_instance, add)
        self._refuse_expression(values.get(self.attname))
        attribute: SealedAttribute = getattr(self.model, self.attname)
        before = values.get(self.attname)
        sealed = attribute.sealed(model_instance)
        changed = sealed is not before and not (
            sealed is not None and sealed is getattr(before, "before", None)
        )
        indexes: dict[Any, str | None] = {}
        for index in self.index_fields:
            if changed or sealed is None or sealed.opened is Erased or index.attname in values:
                if changed or sealed is None or sealed.opened is Erased:
                    values[index.attname] = index.value_of(sealed, model_instance)
                indexes[index] = values[index.attname]
        envelope = None if sealed is None else sealed.envelope
        return Stored(envelope, self, indexes, row=model_instance if self.key != "field" else None)

    def fill(self, instance: models.Model, add: bool) -> None:
        """Set the value that a field computes on saving (``auto_now``), or that another column has unsealed."""
        if self.clear is not None and self.clear in instance.__dict__:
            setattr(instance, self.attname, instance.__dict__[self.clear])
        if getattr(self, "auto_now", False) or (add and getattr(self, "auto_now_add", False)):
            attribute: SealedAttribute = getattr(self.model, self.attname)
            if not attribute.is_erased(instance):
                setattr(instance, self.attname, self.now())

    def now(self) -> Any:
        """Return the time, as the field holds it."""
        raise NotImplementedError

    @discreet
    def seal(self, value: Any, subject: tuple[str, Any] | NewSubject | None) -> Sealed:
        """Return a value as it is stored. Raises SealRefused for what is no value of this field."""
        if isinstance(value, Sealed | RowValue):
            raise SealRefused(f"{self.sealed_column.name}: this value is already sealed")
        try:
            value = self.to_value(value)
        except Exception:  # what Django says of it quotes it
            raise SealRefused(
                f"{self.sealed_column.name}: this is not a value of a {type(self).__name__}"
            ) from None
        sealed = self.sealed_column.seal(self.to_sealed(value), subject)
        sealed.opened = value
        return sealed

    def to_sealed(self, value: Any) -> Any:
        """Return what is sealed of a value."""
        return value

    def from_sealed(self, value: Any) -> Any:
        """Return the value of what was sealed."""
        return value

    def to_value(self, value: Any) -> Any:
        """Return a value as the attribute has it. Raises ValidationError for what it cannot be."""
        return super().to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        """Let through what was sealed."""
        if value is None or isinstance(value, Stored):
            return value
        del value
        raise SealRefused(
            f"{self.sealed_column.name} is sealed row by row: set the attribute and save each row, or use "
            "bulk_update(); update() would seal one value for many rows, which shows that they are equal"
        )

    @discreet
    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Return the bytes. Raises SealRefused for a value that was not sealed."""
        value = self.get_prep_value(value)
        if value is None and self.normalisers and self.null:
            raise SealRefused(
                f"{self.sealed_column.name}: update() would leave its index: set the attribute and save each row"
            )
        return value

    @discreet
    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Return the bytes, or what ``bulk_update`` gives, sealed for each row."""
        if hasattr(value, "as_sql") and not isinstance(value, Stored):
            return bulk_update.sealed_cases(self, value, connection)
        return self.get_db_prep_value(value, connection)

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        """Return where the bytes stand; in an UPDATE, ``bulk_update``'s index columns are added."""
        bulk_update.add_indexes(self, value, compiler)
        return "%s" if hasattr(value, "as_sql") else str(connection.ops.binary_placeholder_sql(value))

    def get_placeholder_sql(self, value: Any, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """As `get_placeholder`, from Django 6.1 on."""
        bulk_update.add_indexes(self, value, compiler)
        placed: tuple[str, tuple[Any, ...]] = connection.ops.binary_placeholder_sql(value, compiler)
        return placed

    # Queries

    def get_col(self, alias: str, output_field: models.Field | None = None) -> Any:
        """Return its column: on the left of a look-up, or what is selected."""
        if output_field is None:
            return SealedCol(alias, self)
        return models.expressions.Col(alias, self, output_field)

    def get_lookup(self, lookup_name: str) -> Any:
        """Return a look-up that goes by the index, or one that says what works."""
        own = lookup_of(self.sealed_column, lookup_name)
        return own or (refused_lookup(lookup_name) if super().get_lookup(lookup_name) else None)

    def get_transform(self, lookup_name: str) -> Any:
        """Raise SealRefused for a part of a value."""
        if super().get_transform(lookup_name) is not None:
            raise self.sealed_column.refusal(f'"{lookup_name}"')

    # Forms and files

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """Return a form's value, checked. An erased one stays as it is."""
        attribute: SealedAttribute = getattr(self.model, self.attname)
        if value is Erased:
            return value
        if model_instance is not None and attribute.is_erased(model_instance):
            if value in self.empty_values:
                return Erased
            raise ValidationError("This was erased and cannot be filled again.", code="erased")
        value = self.to_value(value)
        self.validate(value, model_instance)
        self.run_validators(value)
        return value

    def to_python(self, value: Any) -> Any:
        """Return a value; what ``dumpdata`` has written stays sealed."""
        if isinstance(value, str) and value.startswith(_DUMPED):
            try:
                envelope = b64decode(value.removeprefix(_DUMPED), validate=True)
            except Error:
                envelope = b""
            if envelope[:1] == self.sealed_column.suite and len(envelope) > HEAD_BYTES:
                return Sealed(envelope, self.sealed_column)
        return self.to_value(value)

    def value_from_object(self, obj: models.Model) -> Any:
        """Return what a row holds, sealed; forms open it."""
        if self.attname not in obj.__dict__:
            getattr(obj, self.attname)
        held = obj.__dict__[self.attname]
        return RowValue(held, obj, self) if isinstance(held, Sealed | Unsaved) else held

    def value_to_string(self, obj: models.Model) -> str:
        """Return what a row holds as ``dumpdata`` writes it: sealed. Raises SealRefused for what was not saved."""
        held = obj.__dict__.get(self.attname)
        if not isinstance(held, Sealed):
            raise SealRefused(f"{self.sealed_column.name}: save the row before it is serialised")
        return f"{_DUMPED}{b64encode(held.envelope).decode()}"

    def formfield(self, **options: Any) -> Any:
        """Return a field of a form, which shows the value."""
        usual = super().formfield(**options)
        if usual is None:
            return None
        usual_class: Any = type(usual)
        kind = opening(usual_class)
        return super().formfield(**{**options, "form_class": kind, "choices_form_class": kind})

    def _refuse_expression(self, held: Any) -> None:
        value = getattr(held, "value", held)
        if hasattr(value, "resolve_expression"):
            raise SealRefused(f"{self.sealed_column.name}: an expression of the database cannot be sealed")


def _sealing() -> Sealing:
    return get_privacy().sealing
