"""The shop behind gunicorn."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from examples.django_app.environment import as_environment
from examples.shop.behind_gunicorn import run
from examples.shop.first_start import prepare
from examples.shop.options import Options
from shopprivacy.errors import PrivacyError


def load() -> Any:  # noqa: ANN401 - Django's application is untyped
    """Return the shop as a server calls it."""
    from examples.django_app.wsgi import application

    return application


def serve(
    options: Options,
    load: Callable[[], Any] = load,
    run: Callable[[Options, Callable[[], Any]], None] = run,
) -> None:
    """Make what the shop needs on its first start, then serve until stopped."""
    try:
        prepare(options)
    except PrivacyError as problem:
        raise SystemExit(str(problem)) from None
    os.environ.update(as_environment(options), DJANGO_SETTINGS_MODULE="examples.django_app.settings")
    _create_and_fill()
    run(options, load)


def _create_and_fill() -> None:
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    # Without the checks: the gate runs them when the application is loaded.
    call_command("migrate", verbosity=0, skip_checks=True)
    from examples.django_app.models import Product

    Product.objects.fill()
    connections.close_all()  # the workers are forked from here: each opens connections of its own
