"""What the views share: clock, catalogue, texts, mail, and the signed links in mails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage

from examples.shop.catalogue import Item, read_catalogue
from examples.shop.mails import Mail
from examples.shop.options import Options
from examples.shop.texts import read_texts
from shopprivacy.mail.outcome import Outcome
from shopprivacy.mail.purpose import PURPOSE_FIELD, MailPurpose
from shopprivacy.policy import load


@cache
def catalogue() -> Mapping[str, Item]:
    """Return the goods by slug."""
    return read_catalogue()


@cache
def all_texts() -> Mapping[str, Mapping[str, str]]:
    """Return the shop's words by language."""
    return read_texts()


def texts(language: str) -> Mapping[str, str]:
    """Return the shop's words in a language."""
    return all_texts()[language]


@cache
def shop_name() -> str:
    """Return the name that the policy gives the shop."""
    return load(options().policy).controller.name


def send(mail: Mail, purpose: MailPurpose | str | None = None) -> Sequence[Outcome]:
    """Send a mail by Django; return what became of it."""
    headers = {PURPOSE_FIELD: str(purpose)} if purpose else {}
    message = EmailMessage(mail.subject, mail.text, to=[mail.to], headers=headers)
    message.send()
    outcomes: Sequence[Outcome] = message.privacy_outcomes
    return outcomes


def options() -> Options:
    """Return what the shop was started with."""
    found: Options = settings.OPTIONS
    return found


def now() -> datetime:
    """Return the time in the shop, in UTC."""
    told: datetime = settings.CLOCK.now()
    return told


def sign_link(purpose: str, number: int) -> str:
    """Return the token of a link to one row; a link for one purpose cannot be used for another."""
    token: str = signing.dumps([number, now().timestamp()], salt=f"shop.{purpose}")
    return token


def read_link(purpose: str, token: str, life: timedelta | None = None) -> int | None:
    """Return the row that a token leads to, or None for one that was made up or has expired."""
    try:
        number, signed_at = signing.loads(token, salt=f"shop.{purpose}")
    except signing.BadSignature:
        return None
    if life is not None and now().timestamp() - signed_at > life.total_seconds():
        return None
    found: int = number
    return found
