"""A refusal that was answered with success holds wherever it has to: specs/cookies.md, 'Rules added since'."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random

import pytest

from shopprivacy import Privacy
from shopprivacy.consent.account_merge import subject_of
from shopprivacy.consent.choices import BrowserPolicy, Choice, ConsentStatus
from shopprivacy.consent.cookie import COOKIE_NAME, encode
from shopprivacy.crypto import Keyset, Ring, pseudonym
from shopprivacy.gate.response_filter import release
from tests.gate.exchange import KEYSET, NOW, make_policy
from tests.privacy.shop import Clock, Failing, answer, context, entries, granted


def newer_keyset() -> Keyset:
    """Return the shop's keyset after a rotation that this process has not heard of."""
    newer = KEYSET.new(Ring.SIGNING, Random("key").randbytes, NOW)
    new = next(key.id for key in newer.keys(Ring.SIGNING) if key.id != KEYSET.primary(Ring.SIGNING).id)
    return newer.rotate(new, NOW)


def test_a_refusal_under_a_strange_key_is_recorded(privacy: Privacy) -> None:
    """For the browser and the account that the cookie names; a grant is never founded on it."""
    chosen = replace(granted(ads=Choice.GRANTED), account=b"a" * 20, answered=bytes(8))
    pair = f"{COOKIE_NAME}={encode(chosen, newer_keyset())}".encode()
    reply, _ = answer(privacy, pair, choice="refuse")
    assert reply.status_code == 303
    subjects = {entry.subject for entry in entries(privacy)}
    assert subjects == {pseudonym(KEYSET, "browser", chosen.consent_id.hex()), subject_of(b"a" * 20)}
    assert {str(entry.action) for entry in entries(privacy)} == {"refused"}
    _, arriving = answer(privacy, pair, choice="accept")
    assert arriving.chosen is not None
    assert arriving.chosen.consent_id != chosen.consent_id
    assert arriving.chosen.account == chosen.account, "which only narrows"


def test_made_up_cookies_fill_no_ledger(privacy: Privacy) -> None:
    """What anybody may say is counted; beyond the limit the refusal stands in the browser, and the answer says so."""
    strange = newer_keyset()
    statuses = []
    for number in range(200):
        chosen = replace(granted(ads=Choice.GRANTED), consent_id=number.to_bytes(16))
        pair = f"{COOKIE_NAME}={encode(chosen, strange)}".encode()
        reply, arriving = answer(privacy, pair, choice="refuse")
        assert arriving.statuses["ads"] is ConsentStatus.DENIED
        statuses.append(reply.status_code)
    assert {statuses[0], statuses[-1]} == {303, 503}
    assert len(entries(privacy)) < 400


def test_a_no_of_an_account_counts_each_time(privacy: Privacy) -> None:
    """Its browsers may have been granted the purpose since: a second no ends that, be it the same, on any device."""
    answer(privacy, None, lambda: 7, choice="refuse")
    privacy.withdraw(7, "ads")
    privacy._feed.catch_up()
    _, phone = answer(privacy, None, lambda: 7, choice="accept")
    privacy._feed.catch_up()
    assert context(privacy, phone.choices).allows("ads")
    _, laptop = answer(
        privacy, granted(ads=Choice.REFUSED, statistics=Choice.REFUSED), lambda: 7, choice="refuse"
    )
    assert laptop.chosen is None, "the browser's own choice is the same"
    privacy._feed.catch_up()
    assert not context(privacy, phone.choices).allows("ads")
    _, phone = answer(privacy, phone.choices, lambda: 7, choice="accept")
    assert context(privacy, phone.choices).allows("ads")
    privacy.withdraw(7, "ads")
    privacy._feed.catch_up()
    assert not context(privacy, phone.choices).allows("ads")


@pytest.mark.parametrize(
    "time",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_a_clock_beyond_all_bounds_ends_in_no_error(privacy: Privacy, clock: Clock, time: datetime) -> None:
    """A yes and a no are taken, recorded, kept and read; put right, the clock has done no harm."""
    _, before = answer(privacy, None, lambda: 7, choice="accept")
    clock.time = time
    for choice, status in (("accept", ConsentStatus.GRANTED), ("refuse", ConsentStatus.DENIED)):
        reply, arriving = answer(privacy, None, lambda: 7, choice=choice)
        assert reply.status_code == 303
        assert any(
            value.startswith(b"__Host-consent=")
            for _, value in release(arriving, [(b"set-cookie", b"_ga=1")])
        )
        assert context(privacy, arriving.choices).statuses["ads"] is status
        privacy.sign_in(arriving, 7)
        privacy.withdraw(7, "newsletter")
        privacy._feed.catch_up()
    clock.time = NOW
    privacy._feed.catch_up()
    assert not context(privacy, before.choices).allows("ads")


@pytest.mark.parametrize(
    "effective", [date(1, 1, 1), date(1969, 12, 31), date(2150, 1, 1), date(9999, 12, 31)]
)
def test_a_policy_of_any_day_has_a_stamp(effective: date) -> None:
    """The consent cookie counts its days in two bytes."""
    assert len(BrowserPolicy(make_policy(effective=effective)).stamp) == 4


def test_an_objection_reaches_other_devices_for_as_long_as_they_keep_the_cookie(
    privacy: Privacy, clock: Clock
) -> None:
    """What needs no consent is not asked again: the no does not lapse with the choices that are."""
    _, phone = answer(privacy, None, lambda: 7, choice="accept")
    privacy.consent.object_to(7, "counting")
    clock.time += timedelta(days=390)
    privacy._feed.catch_up()
    assert not context(privacy, phone.choices).allows("counting")


@pytest.mark.parametrize("signs_in", [True, False])
def test_what_an_account_ended_is_not_handed_on_by_a_restored_ledger(
    privacy: Privacy, signs_in: bool
) -> None:
    """The ledger has lost the withdrawal when somebody else takes over the browser; this process has not."""
    store = privacy.ledger.store
    assert isinstance(store, Failing)
    _, phone = answer(privacy, None, lambda: 7, choice="accept", asked="ads")
    backup = [*store._rows], store._head
    privacy.withdraw(7, "ads")
    privacy._feed.catch_up()
    store._rows, store._head = backup
    if signs_in:
        after = context(privacy, phone.choices)
        privacy.sign_in(after, 8)
    else:
        _, after = answer(privacy, phone.choices, lambda: 8, choice="accept", asked="statistics")
    assert after.chosen is not None
    assert after.chosen.account == privacy.consent.account(8) or not after.chosen.any_granted
    assert not context(privacy, after.chosen).allows("ads")
