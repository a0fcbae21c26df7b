"""Makes policy and keys, and readies Django. MariaDB is reached by PyMySQL, as Django's documentation allows."""

from __future__ import annotations

import importlib
import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.adapters.django_shop.settings"

import django
from django.conf import settings

from shopprivacy.crypto import Keyset
from shopprivacy.key_providers.local import LocalKeyFile

FOLDER = settings.FOLDER
"""Where the project keeps what it writes."""
POLICY = """
effective    = 2026-01-01
jurisdiction = "NL"
languages    = ["nl", "en"]
controller   = { name = "Shop", address = "Street 1", email = "p@shop.example" }
presets      = ["django"]
mode         = { cookies = "enforce" }

[purposes.orders]
basis = "contract"
[purposes.statistics]
basis = "consent"
[purposes.ads]
basis = "consent"
[purposes.counting]
basis = "legitimate_interest"
interest = "knowing what works"

[cookies.cart]
purpose = "orders"
essential = true
life = "30 days"
[cookies._ga]
purpose = "statistics"
life = "13 months"
[cookies.ads]
purpose = "ads"
life = "90 days"
[cookies._pk]
purpose = "counting"
exempt = "Tw 11.7a(3)(b)"
life = "30 days"

[accepted.clear-copy]
"sealed_models_live.email" = "a table that is being sealed"
"sealed_models_live.prefs" = "a table that is being sealed"
"""

with suppress(ImportError):  # which only the tests with services need
    importlib.import_module("pymysql").install_as_MySQLdb()
if not settings.SHOPPRIVACY["POLICY"].exists():
    settings.SHOPPRIVACY["POLICY"].write_text(POLICY)
    settings.SHOPPRIVACY["KEYS"].parent.mkdir()
    LocalKeyFile(settings.SHOPPRIVACY["KEYS"]).create(Keyset.generate(secrets.token_bytes, datetime.now(UTC)))
django.setup()
del os.environ["DJANGO_SETTINGS_MODULE"]  # other tests start shops with settings of their own
