"""What a shop asks of its Privacy outside any request, as its owner types it."""

from __future__ import annotations

from datetime import datetime
from typing import assert_type

from shopprivacy import Decision, Policy, Privacy, PurposeDenied, SubjectState
from shopprivacy.gate.cookie_rules import Blocked
from shopprivacy.ledger.entry import Entry


def send_promotion(privacy: Privacy, customer: int, at: datetime) -> str:
    decision = privacy.may(customer, "promotions", data="contact", recipient="mailer", at=at)
    assert_type(decision, Decision)
    assert_type(decision.allowed, bool)
    assert_type(decision.until, datetime | None)
    if not decision:
        return decision.reason
    try:
        required = privacy.require(customer, "promotions", ["contact"], state=SubjectState())
        assert_type(required, Decision)
    except PurposeDenied as denied:
        return str(denied)
    privacy.grant(customer, "promotions", language="nl")
    privacy.withdraw(customer, "promotions")
    privacy.object_to(customer, "promotions")
    assert_type(privacy.was_allowed(customer, "promotions", at), bool)
    assert_type(privacy.policy, Policy)
    return decision.reason_in("nl")


def listen(privacy: Privacy) -> None:
    @privacy.on_consent_change
    def changed(entry: Entry, times: int = 1) -> str:
        return f"{entry.action} {times}"

    @privacy.on_blocked_cookie
    def blocked(cookie: Blocked) -> None:
        print(cookie.name, cookie.why)  # noqa: T201

    def takes_nothing() -> None: ...

    for row in privacy.ledger.store.rows():
        if row.entry is not None:
            assert_type(changed(row.entry, times=2), str)
    privacy.on_consent_change(blocked)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    privacy.on_blocked_cookie(takes_nothing)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]


def check_mistakes(privacy: Privacy) -> None:
    privacy.may(7)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    privacy.may(7, "promotions", at="today")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    privacy.require(7, "promotions", state={})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    privacy.require(7, "promotions", data=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    privacy.grant(7)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    privacy.may(7, "promotions").allow  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # noqa: B018
