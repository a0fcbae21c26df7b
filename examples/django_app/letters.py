"""Storing what visitors write, sealed under its own row."""

from __future__ import annotations

from django.db import models

from examples.shop.sealed import sealed_letter
from shopprivacy.adapters.django import get_privacy


def keep_letter(letter: models.Model) -> None:
    """Seal what was written, and store it."""
    sealing, table = get_privacy().sealing, letter._meta.db_table  # noqa: SLF001  # Django's documented name
    new = sealing.new_subject(table)
    for column, sealed in sealed_letter(sealing, table, letter, new):
        setattr(letter, column, sealed)
    letter.save()  # the database gives the number
    new.bind(letter.pk)
