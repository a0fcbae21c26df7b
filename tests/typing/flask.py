"""A Flask shop as its owner types it."""

from __future__ import annotations

from typing import assert_type

from flask import Flask, Response, session
from flask.views import MethodView
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from shopprivacy import Privacy
from shopprivacy.adapters.flask import (
    ShopPrivacy,
    check_application,
    consent,
    privacy_banner,
    requires_consent,
    sign_in,
)
from shopprivacy.consent.context import ConsentContext
from shopprivacy.testing.consent import consented

app = Flask(__name__)


def best_sellers(slug: str) -> str:
    return f"best sellers like {slug}"


async def best_sellers_async(slug: str) -> str:
    return best_sellers(slug)


def number_of_sellers(slug: str) -> float:
    return len(slug)


@app.get("/for-you/<slug>")
@requires_consent("personalisation", otherwise=best_sellers)
def for_you(slug: str, number: int = 3) -> Response:
    return Response(f"{number} like {slug}")


@app.get("/async/<slug>")
@requires_consent("personalisation", otherwise=best_sellers_async)
async def for_you_async(slug: str) -> str:
    return slug


class Account(MethodView):
    decorators = [requires_consent("personalisation")]  # noqa: RUF012  # as Flask declares it

    @requires_consent("statistics")
    def get(self, number: int) -> str:
        return f"account {number}"


def layout(content: str, title: str, language: str) -> str:
    return f'<html lang="{language}"><title>{title}</title>{content}'


@app.get("/")
def home() -> str:
    assert_type(consent, ConsentContext)
    assert_type(consent.allows("statistics"), bool)
    assert_type(consent.undecided(), tuple[str, ...])
    assert_type(privacy_banner("nl"), Markup)
    sign_in(7)
    return privacy_banner()


async def check_signatures(account: Account) -> None:
    assert_type(for_you("vase", number=4), Response)
    assert_type(await for_you_async("vase"), str)
    assert_type(account.get(7), str)


def set_up(privacy: Privacy) -> None:
    extension = ShopPrivacy(app, privacy, customer=lambda: session.get("customer"), outside=[ProxyFix])
    extension.check()
    several = ShopPrivacy(
        customer=lambda: session.get("customer"),
        outside=[ProxyFix],
        layout=layout,
        assets=["https://x.example"],
    )
    several.init_app(app, privacy)
    several.check(app)
    check_application(ProxyFix(app))
    with consented(app.test_client(), privacy, "statistics", refused=("ads",)):
        pass


def check_mistakes(privacy: Privacy) -> None:
    for_you(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Account().get("7")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    requires_consent()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    requires_consent("ads", otherwise=number_of_sellers)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    requires_consent("ads", otherwise="/sellers")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    consent.allow("statistics")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    sign_in()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ShopPrivacy(app, privacy, layout=best_sellers)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ShopPrivacy(app)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    ShopPrivacy().init_app(app)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ShopPrivacy(app, privacy, customer=7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    consented(app, privacy)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
