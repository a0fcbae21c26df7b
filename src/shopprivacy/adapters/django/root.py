"""The one Privacy of a Django shop, made from the settings when it is first needed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from threading import Lock, local
from typing import Any, Final, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from shopprivacy.adapters.django.conf import NAME, Conf, read_conf
from shopprivacy.adapters.django.layout import look_of
from shopprivacy.adapters.django.mailer import send_by_django
from shopprivacy.adapters.django.signals import DjangoPrivacy, send
from shopprivacy.analytics.store import SaltStore
from shopprivacy.consent.choices import BrowserPolicy
from shopprivacy.errors import PrivacyError
from shopprivacy.key_providers.places import key_provider
from shopprivacy.mail.address import bare, canonical_email
from shopprivacy.policy import Policy, load
from shopprivacy.privacy import Privacy
from shopprivacy.privacy.origin_log import ProxySettings
from shopprivacy.sealing.store import SubjectKeyStore
from shopprivacy.storage.memory import MemoryStore

T = TypeVar("T")

_PROXY = ProxySettings(
    'set SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https"); the proxy must drop that field of visitors',
    ", or X-Forwarded-Host, and set USE_X_FORWARDED_HOST = True",
)
_lock = Lock()
_made: list[Privacy] = []


class _Making(local):
    """Whether this thread makes the Privacy."""

    now = False


_making: Final = _Making()


def get_privacy() -> Privacy:
    """Return the shop's Privacy.

    The first call reads policy and keys and brings the ledger up to date. Raises ImproperlyConfigured, PolicyError,
    KeysetError, StoreDown where the database does not answer or has no tables yet, or PrivacyError where a newer major
    version of the library has changed them, and for code that runs while it is made, such as a handler of the log.
    """
    if not _made:
        if _making.now:
            raise PrivacyError("the shop's Privacy is just being made: call get_privacy() when that is done")
        with _lock:
            if not _made:
                _made.append(_outside_event_loop(_make))
    return _made[0]


@lru_cache(maxsize=1)
def get_policy() -> Policy:
    """Return the shop's policy; needs no database. Raises ImproperlyConfigured and PolicyError."""
    return load(read_conf().policy)


@lru_cache(maxsize=1)
def get_browser_policy() -> BrowserPolicy:
    """Return what the policy lets a browser decide about. Raises ImproperlyConfigured and PolicyError."""
    return BrowserPolicy(get_policy())


def forget(*, setting: str = NAME, **_: object) -> None:
    """Start afresh: connected to ``setting_changed``, so that tests can override the setting."""
    if setting == NAME:
        while _made:
            _made.pop().close()
        get_policy.cache_clear()
        get_browser_policy.cache_clear()


def watch_policy(sender: Any, **_: object) -> None:  # noqa: ANN401  # Django's reloader, which has no types
    """Let ``runserver`` start again when the policy changes: connected to ``autoreload_started``."""
    with suppress(ImproperlyConfigured):  # the checks say so
        policy = read_conf().policy.resolve()
        sender.watch_dir(policy.parent, f"{policy.stem}*.toml")  # with its texts in privacy.LANG.toml


def _make() -> Privacy:
    _making.now = True
    try:
        return _made_of(read_conf())
    finally:
        _making.now = False


def _made_of(conf: Conf) -> Privacy:
    from shopprivacy.adapters.django.store import DjangoStore  # models, which wait for the apps to be ready

    store = conf.store if not isinstance(conf.store, str) else DjangoStore(conf.store)
    if isinstance(store, DjangoStore):
        store.check_usable()
    if _is_testing() and conf.keys is not None:
        made = DjangoPrivacy(
            get_policy(),
            keyset=key_provider(conf.keys).load(),
            store=store,
            subject_keys=MemoryStore().store_for(
                SubjectKeyStore
            ),  # the shop's own keep out of what is thrown away
            clock=conf.clock,
            templates=conf.templates,
        )
        made.close()
    else:
        made = DjangoPrivacy.from_file(
            conf.policy,
            keys=conf.keys,
            store=store,
            journal=conf.journal,
            subject_keys=subject_keys_of(conf),
            clock=conf.clock,
            templates=conf.templates,
            patience=conf.patience,
            analytics=conf.analytics,
            salts=salts_of(conf),
        )
    made.pages.look = look_of(
        conf
    )  # the system checks have rendered it: its tags may ask for the Privacy made here
    made.origins.fix = _PROXY
    made.mail.transport = conf.transport or send_by_django
    made.mail.gate.own_addresses |= own_addresses()
    made.using = store.using if isinstance(store, DjangoStore) else None
    made.on_consent_change(send)
    return made


def own_addresses() -> set[str]:
    """Return the addresses to which Django writes what is for the shop itself, canonical."""
    listed = (*settings.ADMINS, *settings.MANAGERS)  # of pairs, until Django 6.0
    return {canonical_email(bare(str(one if isinstance(one, str) else one[1]))) for one in listed}


def subject_keys_of(conf: Conf) -> str | os.PathLike[str] | SubjectKeyStore | None:
    """Return where the keys of persons are kept: an alias in ``DATABASES`` is a store in that database."""
    from shopprivacy.adapters.django.stores.subject_keys import DjangoSubjectKeys  # it has a model

    place = conf.subject_keys
    return DjangoSubjectKeys(place) if isinstance(place, str) and place in settings.DATABASES else place


def salts_of(conf: Conf) -> str | os.PathLike[str] | SaltStore | None:
    """Return where the salts of visitors are kept: an alias in ``DATABASES`` is a table in that database."""
    from shopprivacy.adapters.django.stores.salts import DjangoSalts

    place = conf.salts
    return DjangoSalts(place) if isinstance(place, str) and place in settings.DATABASES else place


def _is_testing() -> bool:
    """Whether Django's test environment is set up: then no journal is kept, and no thread follows the ledger.

    What tests withdraw, on a database that is thrown away, would otherwise be replayed into the shop's own; and
    another thread sees nothing of a test's transaction, but may be in the way of its end.
    """
    utils = sys.modules.get("django.test.utils")
    return hasattr(getattr(utils, "_TestState", None), "saved_data")


def _outside_event_loop(make: Callable[[], T]) -> T:
    """Run ``make`` where Django lets it use the database: ASGI servers import applications inside their event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return make()

    def made_and_closed() -> T:
        try:
            return make()
        finally:
            connections.close_all()  # this thread's; it ends here

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(made_and_closed).result()
