"""The project's settings, as a shop writes them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("SHOP_FOLDER") or tempfile.mkdtemp(prefix="shopprivacy-django-"))
SECRET_KEY = "test"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "tests.adapters.django_shop.urls"
WSGI_APPLICATION = "tests.adapters.django_shop.wsgi.application"
ASGI_APPLICATION = "tests.adapters.django_shop.asgi.application"
LOGGING_CONFIG = None
USE_TZ = True
STATIC_URL = "/static/"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "shopprivacy.adapters.django",
    "tests.adapters.sealed_models",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = [
    "shopprivacy.adapters.django.PrivacyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
# Of its own for each run: another may be going on.
_ON_SERVER = f"shopprivacy_{FOLDER.name[-8:]}"
_ON_SERVERS: dict[str, dict[str, Any]] = {
    # Several processes write without a pause. Django's own 5 seconds are too short for that on a busy machine.
    "sqlite": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "ledger.sqlite3",
        "OPTIONS": {"timeout": 20},
    },
    "postgres": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _ON_SERVER,
        "USER": "postgres",
        "HOST": "127.0.0.1",
    },
    "mariadb": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": _ON_SERVER,
        "USER": "root",
        "HOST": "127.0.0.1",
    },
}
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "shop.sqlite3"},
    **_ON_SERVERS,
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SHOPPRIVACY = {
    "POLICY": FOLDER / "privacy.toml",
    "KEYS": FOLDER / "keys" / "keys.json",
    "SIGN_IN_ON_LOGIN": True,
}
