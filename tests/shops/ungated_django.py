"""The Django shop with the gate taken out, as :mod:`tests.shops.ungated` does it to the Flask shop."""

from __future__ import annotations

from typing import Any

from examples.django_app.server import load, serve
from examples.shop.options import read_options

from shopprivacy.mail.outcome import Outcome
from tests.shops.ungated import TakenOut, give_back_logs


def load_ungated() -> Any:
    """Return the shop without its gate."""
    application = load()
    from shopprivacy.adapters.django.mail import EmailBackend  # once the settings are there

    def passed(_self: object, message: Any) -> list[Any]:
        getattr(message, "privacy_outcomes", []).append(Outcome(sent=True, purpose=None))
        return [message]

    EmailBackend._passed = passed  # type: ignore[method-assign, assignment]
    give_back_logs()
    return TakenOut(application, application.gate)


if __name__ == "__main__":
    serve(read_options(program="tests.shops.ungated_django"), load_ungated)
