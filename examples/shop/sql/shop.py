"""What stays the same in a shop from request to request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from examples.shop.catalogue import Item, read_catalogue
from examples.shop.clock import Clock
from examples.shop.options import Options
from examples.shop.outbox import Mailer, mailer_of
from examples.shop.sql.database import open_database
from examples.shop.texts import read_texts
from shopprivacy.policy import Controller


@dataclass(frozen=True, slots=True)
class Shop:
    """Options, clock, database, catalogue, texts, and what mails leave by."""

    options: Options
    clock: Clock
    engine: Engine
    catalogue: Mapping[str, Item]
    texts: Mapping[str, Mapping[str, str]]
    mailer: Mailer


def open_shop(options: Options, clock: Clock, controller: Controller) -> Shop:
    """Open the shop's database and read what it shows."""
    return Shop(
        options=options,
        clock=clock,
        engine=open_database(options.database_url),
        catalogue=read_catalogue(),
        texts=read_texts(),
        mailer=mailer_of(options, controller),
    )
