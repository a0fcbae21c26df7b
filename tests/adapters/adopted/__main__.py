"""Uses the project as people do, and prints what was mailed: ``python -m tests.adapters.adopted FOLDER``.

With ``broken`` behind it, the gate's policy cannot be read any more while the project runs.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from shopprivacy.crypto import Keyset
from shopprivacy.key_providers.local import LocalKeyFile

POLICY = """
effective    = 2026-01-01
jurisdiction = "NL"
languages    = ["nl", "en"]
controller   = { name = "Shop", address = "Street 1", email = "p@shop.example" }
mail         = { url = "https://shop.example/u/", otherwise = "account", change_data = "https://shop.example/me" }

[purposes.account]
basis = "contract"
mail  = "transactional"
[purposes.promotions]
basis = "consent"
mail  = "marketing"
"""
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
GATE = "shopprivacy.adapters.django.mail.EmailBackend"
PASSWORD = "correct horse battery"


def fail(_request: Any) -> None:
    """A view with a mistake in it, in which a customer's text stands."""
    raise ZeroDivisionError("please send us your password")


def set_up(folder: Path) -> None:
    """Write policy and keys, and ready Django with its tables."""
    (folder / "privacy.toml").write_text(POLICY)
    keys = folder / "keys.json"
    LocalKeyFile(keys).create(Keyset.generate(secrets.token_bytes, datetime.now(UTC)))
    mailer: dict[str, Any] = (
        {"MAILERS": {"default": {"BACKEND": GATE, "OPTIONS": {"BACKEND": LOCMEM}}}}
        if django.VERSION >= (6, 1)
        else {"EMAIL_BACKEND": GATE}
    )
    settings.configure(
        SECRET_KEY="test",
        ROOT_URLCONF="tests.adapters.adopted.urls",
        ALLOWED_HOSTS=["testserver"],
        ADMINS=["admin@shop.example"] if django.VERSION >= (6, 0) else [("Admin", "admin@shop.example")],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "shop.sqlite3"}},
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "allauth",
            "allauth.account",
            "anymail",
            "shopprivacy.adapters.django",
        ],
        MIDDLEWARE=[
            "shopprivacy.adapters.django.PrivacyMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
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
        ACCOUNT_EMAIL_VERIFICATION="mandatory",
        ACCOUNT_SIGNUP_FIELDS=["email*", "username*", "password1*", "password2*"],
        ACCOUNT_RATE_LIMITS=False,
        SHOPPRIVACY={
            "POLICY": folder / "privacy.toml",
            "KEYS": keys,
            "JOURNAL": folder / "journal.sqlite3",
            "EMAIL_BACKEND": LOCMEM,
        },
        USE_TZ=True,
        **mailer,
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def use(*, signing_up: bool) -> list[str]:
    """Do what makes a project mail; return what was mailed, and what became of marketing."""
    from django.core import mail
    from django.core.mail import mail_admins, mail_managers, send_mail
    from django.test import Client

    mail.outbox = []
    visitor = Client(raise_request_exception=False)
    if signing_up:
        _sign_up(visitor)
    assert visitor.get("/fail/").status_code == 500
    mail_admins("Disk", "The disk is full: please send us your password.")
    mail_managers("Nobody", "There are no managers.")
    assert send_mail("Your invoice", "Attached", "shop@shop.example", ["an@example.nl", "bo@example.nl"]) == 1
    held = mail.EmailMessage("Sale", "Buy", to=["an@example.nl"], headers={"X-Privacy-Purpose": "promotions"})
    return [f"{one.subject.strip()} -> {', '.join(one.to)}" for one in mail.outbox] + [_tried(held)]


def _sign_up(visitor: Any) -> None:
    signed_up = visitor.post(
        "/accounts/signup/",
        {"email": "an@example.nl", "username": "an", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert signed_up.status_code == 302, signed_up.content
    assert visitor.post("/accounts/password/reset/", {"email": "an@example.nl"}).status_code == 302
    assert visitor.post("/reset/", {"email": "an@example.nl"}).status_code == 302


def _tried(message: Any) -> str:
    try:
        return f"marketing: {message.send()}"
    except Exception as error:
        return f"marketing: {type(error).__name__}"


def main() -> None:
    """Print the mails as JSON."""
    folder, *broken = sys.argv[1:]
    set_up(Path(folder))
    logging.getLogger("shopprivacy.mail").addHandler(logging.StreamHandler())
    if broken:
        (Path(folder) / "privacy.toml").write_text("nonsense = 1")
    print(json.dumps(use(signing_up=not broken)))  # noqa: T201
    if not broken:
        from django.core.checks import run_checks

        from shopprivacy.adapters.django import get_privacy

        found = [str(one.id) for one in run_checks() if str(one.id).startswith("shopprivacy")]
        assert not [one for one in found if one[-4:] in ("E014", "E015", "W010", "W011")], found
        get_privacy().close()


if __name__ == "__main__":
    main()
