"""Opening the shop's database, and filling it on the first start."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session

from examples.shop.catalogue import read_catalogue
from examples.shop.sql.tables import Product, Table


def open_database(url: str) -> Engine:
    """Return an engine for the URL; SQLite is set up for several workers at once."""
    engine = create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _for_several_workers)
    return engine


def create_and_fill(url: str) -> None:
    """Create the tables that are missing and put the catalogue's products in."""
    engine = open_database(url)
    Table.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        known = {product.slug: product for product in session.scalars(select(Product))}
        for item in read_catalogue().values():
            if item.slug in known:
                known[item.slug].price = item.price
            else:
                session.add(Product(slug=item.slug, price=item.price))
                session.flush()  # in the order of the catalogue
    engine.dispose()  # the workers are forked from here: each opens connections of its own


def _for_several_workers(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
