"""Uses the project as people do: ``python -m tests.adapters.sealed_packages FOLDER USE``, with the name of a use."""

from __future__ import annotations

import re
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from shopprivacy.crypto import Keyset
from shopprivacy.key_providers.local import LocalKeyFile
from tests.adapters.adopted.__main__ import LOCMEM, PASSWORD, POLICY

ADDRESS = "An.Peeters@example.nl"


def set_up(folder: Path) -> None:
    """Write policy and keys, and ready Django with its tables."""
    (folder / "privacy.toml").write_text(POLICY)
    LocalKeyFile(folder / "keys.json").create(Keyset.generate(secrets.token_bytes, datetime.now(UTC)))
    settings.configure(
        SECRET_KEY="test",
        ROOT_URLCONF="tests.adapters.sealed_packages.urls",
        ALLOWED_HOSTS=["testserver"],
        AUTH_USER_MODEL="sealed_packages.Account",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "shop.sqlite3"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "allauth",
            "allauth.account",
            "simple_history",
            "rest_framework",
            "shopprivacy.adapters.django",
            "tests.adapters.sealed_packages",
        ],
        MIDDLEWARE=[
            "shopprivacy.adapters.django.PrivacyMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        EMAIL_BACKEND=LOCMEM,
        LOGIN_REDIRECT_URL="/",
        ACCOUNT_LOGIN_METHODS={"email"},
        ACCOUNT_USER_MODEL_USERNAME_FIELD=None,
        ACCOUNT_SIGNUP_FIELDS=["email*", "password1*", "password2*"],
        ACCOUNT_EMAIL_VERIFICATION="optional",
        ACCOUNT_RATE_LIMITS=False,
        SHOPPRIVACY={
            "POLICY": folder / "privacy.toml",
            "KEYS": folder / "keys.json",
            "JOURNAL": folder / "journal.sqlite3",
        },
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)


def allauth(_folder: Path) -> None:
    """Sign up, log in by another spelling, fail to sign up again, reset the password by the mailed link; be checked."""
    from django.contrib.auth import get_user
    from django.core import mail
    from django.core.checks import run_checks
    from django.test import Client

    def posts(path: str, **fields: str) -> Any:
        visitor = Client()
        return visitor, visitor.post(f"/accounts/{path}/", fields)

    def logged_in(password: str) -> bool:
        visitor, _ = posts("login", login=ADDRESS.upper(), password=password)
        return bool(get_user(visitor).is_authenticated)

    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    assert posts("signup", email=ADDRESS, **passwords)[1].status_code == 302
    again = posts("signup", email=ADDRESS.upper(), **passwords)[1]
    assert b"already registered" in again.content
    from tests.adapters.sealed_packages.models import Account

    assert [one.email.lower() for one in Account.objects.all()] == [ADDRESS.lower()]
    told = [one.msg.partition(":")[0] for one in run_checks() if one.id == "shopprivacy.W013"]
    assert told == ["account_emailaddress.email"]
    assert logged_in(PASSWORD)
    assert not logged_in("wrong")
    mail.outbox.clear()
    posts("password/reset", email=ADDRESS)
    (message,) = mail.outbox
    assert [one.lower() for one in message.to] == [ADDRESS.lower()]
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", message.body)
    assert link
    visitor = Client()
    reply = visitor.get(link[1], follow=True)
    changed = {"password1": PASSWORD * 2, "password2": PASSWORD * 2}
    reply = visitor.post(reply.redirect_chain[-1][0], changed)
    assert reply.status_code == 302, reply.content
    assert logged_in(PASSWORD * 2)
    assert not logged_in(PASSWORD)


def history(folder: Path) -> None:
    """Every version opens for its customer, none stands in clear, and erasing the customer erases all of them."""
    from django.core.checks import run_checks
    from django.db import connection

    from shopprivacy.adapters.django.sealed import erase_keys
    from shopprivacy.sealing import Erased
    from tests.adapters.sealed_packages.models import Customer

    assert not [one for one in run_checks() if one.is_serious()]
    an = Customer.objects.create(name="An Peeters", email=ADDRESS)
    an.name = "An Maes"
    an.save()
    versions = Customer.history.order_by("history_id")
    assert [(one.name, one.email) for one in versions] == [("An Peeters", ADDRESS), ("An Maes", ADDRESS)]
    assert an.history.as_of(datetime.now(UTC)).name == "An Maes"
    assert an.history.first().diff_against(an.history.last()).changed_fields == ["name"]
    connection.close()
    stored = b"".join(file.read_bytes() for file in folder.glob("shop.sqlite3*"))
    assert b"Peeters" not in stored
    assert erase_keys("customer", an.pk) == 1
    assert {one.name for one in versions.all()} == {Erased}


def serializer(_folder: Path) -> None:
    """A serialiser gives values, takes them, and refuses an address that somebody has already."""
    from rest_framework.renderers import JSONRenderer
    from rest_framework.serializers import ModelSerializer

    from tests.adapters.sealed_packages.models import Customer

    class CustomerSerializer(ModelSerializer):
        class Meta:
            model = Customer
            fields = ("id", "name", "email")

    given = CustomerSerializer(data={"name": "An Peeters", "email": ADDRESS})
    assert given.is_valid(), given.errors
    saved = given.save()
    told = CustomerSerializer(Customer.objects.get(pk=saved.pk)).data
    assert told == {"id": saved.pk, "name": "An Peeters", "email": ADDRESS}
    assert ADDRESS.encode() in JSONRenderer().render(told)
    again = CustomerSerializer(data={"name": "Bo", "email": ADDRESS.upper()})
    assert not again.is_valid()
    assert set(again.errors) == {"email"}
    long = CustomerSerializer(saved, data={"name": "x" * 81}, partial=True)
    assert not long.is_valid()
    changed = CustomerSerializer(saved, data={"name": "An Maes"}, partial=True)
    assert changed.is_valid()
    changed.save()
    assert Customer.objects.get().name == "An Maes"


def fixtures(folder: Path) -> None:
    """``dumpdata`` writes envelopes, and ``loaddata`` brings them back as they were, with their indexes."""
    from django.core.management import call_command

    from tests.adapters.sealed_packages.models import Customer

    an = Customer.objects.create(name="An Peeters", email=ADDRESS)
    file = folder / "dump.json"
    call_command("dumpdata", "sealed_packages", output=str(file), verbosity=0)
    assert "Peeters" not in file.read_text()
    Customer.history.all().delete()
    Customer.objects.all().delete()
    call_command("loaddata", str(file), verbosity=0)
    assert Customer.objects.get(email=ADDRESS).name == "An Peeters"
    assert [one.name for one in Customer.history.filter(history_type="+")] == ["An Peeters"]
    assert Customer.objects.get().pk == an.pk


def main() -> None:
    """Run one of them."""
    folder, name = Path(sys.argv[1]), sys.argv[2]
    set_up(folder)
    uses = {"allauth": allauth, "history": history, "serializer": serializer, "fixtures": fixtures}
    uses[name](folder)
    from shopprivacy.adapters.django import get_privacy

    get_privacy().close()


if __name__ == "__main__":
    main()
