"""Sealed columns for SQLAlchemy's models: personal data that a copy of the database does not show.

class Customer(Base):
    __tablename__ = "customer"
    privacy_subject = "customer:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Sealed())
    email_index = blind_index("email", by="email", unique=True)


seal_models(Base, privacy.sealing)
"""

from shopprivacy.adapters.sqlalchemy.column_types import Sealed, blind_index
from shopprivacy.adapters.sqlalchemy.erase import erase_keys
from shopprivacy.adapters.sqlalchemy.load import aload, load
from shopprivacy.adapters.sqlalchemy.models import seal_models

__all__ = ["Sealed", "aload", "blind_index", "erase_keys", "load", "seal_models"]
