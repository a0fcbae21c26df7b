"""Files of events, counted: the same as a plain loop over their lines counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.analytics.test_building import policy_with
from tests.gate.exchange import KEYSET

from shopprivacy.analytics.event import ConsentedEvent, Event, ExemptEvent, Hour, Minute, level_of, line
from shopprivacy.analytics.report import Consent, Counted, read_month
from shopprivacy.decision import Action
from shopprivacy.errors import MissingExtra
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.privacy.events import prune
from shopprivacy.storage import event_counts
from shopprivacy.storage.event_counts import count_consent, count_events
from shopprivacy.storage.memory import MemoryStore

NOVEMBER = read_month("2026-11")
_SECONDS = int(datetime(2026, 10, 30, tzinfo=UTC).timestamp())

texts = st.sampled_from(["/", "/products/{slug}", "-", "é", 'a"b', "a'b;--", "\u2028", "x\\ny", "other"])
campaigns = st.dictionaries(st.sampled_from(["source", "medium", "campaign"]), texts, min_size=1)


def events() -> st.SearchStrategy[Event]:
    """Events of either level, a few days around the month's beginning."""
    seconds = st.integers(_SECONDS, _SECONDS + 5 * 86_400)
    shared: dict[str, st.SearchStrategy[Any]] = {
        "event": st.sampled_from(["page", "page", "order", "POST /cart", "failure"]),
        "route": st.none() | texts,
        "duration": st.none() | st.integers(0, 9999),
        "site": st.none(),
        "parameters": st.none(),
        "status": st.sampled_from([None, 404, 500]),
        "entry": st.none() | st.booleans(),
        "referrer": st.none() | texts,
        "campaign": st.none() | campaigns,
        "browser": st.sampled_from([None, "Firefox/128", "Firefox/129", "other"]),
        "device": st.sampled_from([None, "phone", "other"]),
        "language": st.sampled_from([None, "nl", "fr"]),
    }
    exempt = st.builds(ExemptEvent, time=seconds.map(Hour.of), **shared)
    visitors = st.sampled_from([None, "0" * 16, "f" * 16])
    return exempt | st.builds(ConsentedEvent, time=seconds.map(Minute.of), visitor=visitors, **shared)


def expected(found: Iterable[Event]) -> Mapping[str, Any]:
    """What a plain loop counts."""
    told: dict[str, Counter[Any]] = {
        name: Counter()
        for name in (
            "visits",
            "views",
            "visitors_views",
            "pages",
            "referrers",
            "devices",
            "browsers",
            "languages",
        )
    }
    told |= {"campaigns": Counter(), "events": Counter(), "failures": Counter()}
    visitors: dict[date, set[str]] = {}
    for event in found:
        day = event.time.day
        if not NOVEMBER.first <= day <= NOVEMBER.last:
            continue
        if event.event == "failure":
            told["failures"][event.route or "-", event.status or 0] += 1
            continue
        if event.event != "page":
            told["events"][event.event] += 1
            continue
        told["views"][day] += 1
        told["pages"]["-" if event.route is None else event.route] += 1
        if isinstance(event, ConsentedEvent) and event.visitor:
            told["visitors_views"][day] += 1
            visitors.setdefault(day, set()).add(event.visitor)
        if event.entry:
            told["visits"][day] += 1
            told["referrers"][event.referrer or ""] += 1
            told["devices"][event.device or "other"] += 1
            told["browsers"][(event.browser or "other").partition("/")[0]] += 1
            told["languages"][event.language or "other"] += 1
            named = event.campaign or {}
            parts = [named[key] for key in ("source", "medium", "campaign") if key in named]
            told["campaigns"][" / ".join(parts)] += 1
    return {**told, "visitors": {day: len(known) for day, known in visitors.items()}}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.lists(events(), max_size=40))
def test_counted_as_a_plain_loop_counts(tmp_path: Path, found: list[Event]) -> None:
    """Every number is that of a second implementation."""
    for old in tmp_path.iterdir():
        old.unlink()
    for event in found:
        with (tmp_path / f"{event.time.day}.{level_of(event)}.jsonl").open("ab") as file:
            file.write(line(event))
    counted = count_events(tmp_path, NOVEMBER)
    assert {name: dict(getattr(counted, name)) for name in expected(found)} == {
        name: dict(numbers) for name, numbers in expected(found).items()
    }
    assert counted.unread == 0


def test_lines_that_are_no_events_are_counted(tmp_path: Path) -> None:
    """Torn lines, other bytes and JSON that says nothing are told by their number; empty lines are not."""
    whole = b'{"time":"2026-11-01T00:00:00Z","event":"page","entry":true}\n'
    torn = [
        b'{"time":"2026-11-01T00:00',
        b'{"a":"\xc3"}',
        b"[1]",
        b'"x"',
        b"{}",
        b'{"time":1,"event":"page"}',
        b"\x01",
    ]
    (tmp_path / "2026-11-01.exempt.jsonl").write_bytes(b"\n\n".join([*torn, whole, whole[:-1]]))
    counted = count_events(tmp_path, NOVEMBER)
    assert (counted.unread, dict(counted.visits)) == (len(torn), {NOVEMBER.first: 2})


def test_times_of_routes(tmp_path: Path) -> None:
    """The median, and what one in twenty exceeds."""
    begin = '{"time":"2026-11-01T00:00:00Z","event":"page","route":"/","duration":'
    lines = [f"{begin}{number}}}\n" for number in range(1, 101)]
    (tmp_path / "2026-11-01.consented.jsonl").write_text("".join(lines))
    assert [*count_events(tmp_path, NOVEMBER).times] == [("/", 100, 50, 95)]


def test_counts_of_days(tmp_path: Path) -> None:
    """Page views without an event are added up; a day with counts alone is a day with data."""
    for day, views in (("2026-11-02", 40), ("2026-11-03", 2), ("2026-12-01", 9)):
        (tmp_path / f"{day}.counts.json").write_text(
            json.dumps({"views_without_event": views, "dropped": 1, "later": 1})
        )
    counted = count_events(tmp_path, NOVEMBER)
    assert (counted.without_event, counted.dropped) == (42, 2)
    assert counted.days == {date(2026, 11, 2), date(2026, 11, 3)}
    (tmp_path / "2026-11-05.counts.json").touch()  # just made, and not written yet
    assert count_events(tmp_path, NOVEMBER).without_event == 42
    (tmp_path / "2026-11-04.counts.json").write_text("[]")
    with pytest.raises(OSError, match=r"2026-11-04\.counts\.json"):
        count_events(tmp_path, NOVEMBER)


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """Names of no day, folders and links that lead nowhere are no files of events; nor are they pruned."""
    (tmp_path / "2026-11-01.exempt.jsonl").write_text('{"time":"2026-11-01T00:00:00Z","event":"page"}\n')
    (tmp_path / "2026-11-31.exempt.jsonl").write_text("x")
    (tmp_path / "2026-11-02.exempt.jsonl").mkdir()
    (tmp_path / "2026-11-03.consented.jsonl").symlink_to(tmp_path / "nowhere")
    counted = count_events(tmp_path, NOVEMBER)
    assert (counted.days, counted.unread) == (frozenset([NOVEMBER.first]), 0)
    assert prune(tmp_path, policy_with(), date(2036, 1, 1)) == [tmp_path / "2026-11-01.exempt.jsonl"]


def test_a_file_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was pruned meanwhile, or may not be read, is an OSError with its name."""
    gone = tmp_path / "2026-11-01.exempt.jsonl"
    monkeypatch.setattr(event_counts, "files_in", lambda _: [(NOVEMBER.first, "exempt", gone)])
    with pytest.raises(OSError, match=gone.name):
        count_events(tmp_path, NOVEMBER)


def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there is an error with its name; an empty one is not."""
    assert count_events(tmp_path, NOVEMBER) == Counted()
    with pytest.raises(FileNotFoundError, match="nowhere"):
        count_events(tmp_path / "nowhere", NOVEMBER)


def test_without_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    (tmp_path / "2026-11-01.exempt.jsonl").write_text("")
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(MissingExtra, match=r"\[report\]"):
        count_events(tmp_path, NOVEMBER)


def test_consent() -> None:
    """Grants and refusals of the period, with the anonymous ones; other purposes and times do not count."""
    store = MemoryStore()
    ledger = Ledger(store, KEYSET, lambda size: b"\x01" * size)
    for month, purpose, action in (
        (11, "ads", Action.GRANTED),
        (11, "ads", Action.REFUSED),
        (10, "ads", Action.GRANTED),
        (11, "video", Action.GRANTED),
        (11, "ads", Action.WITHDRAWN),
    ):
        granted = action is Action.GRANTED
        ledger.append(
            [
                Entry(
                    datetime(2026, month, 5, 12, tzinfo=UTC),
                    f"browser:{'0' * 40}",
                    purpose,
                    action,
                    "1",
                    "a" * 64 if granted else None,
                    "b" * 64 if granted else None,
                    CollectionMethod.BANNER,
                )
            ]
        )
    ledger.count_refusals(date(2026, 11, 6), ["ads", "video"])
    ledger.count_refusals(date(2026, 10, 6), ["ads"])
    assert count_consent(ledger.store, ["ads"], NOVEMBER) == {"ads": Consent(1, 2)}
