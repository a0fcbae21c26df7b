"""What the files of events say of a period, counted by DuckDB: half a million events in a second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shopprivacy.analytics.event import FAILURE, PAGE
from shopprivacy.analytics.report import NO_REFERRER, OTHER, Consent, Counted, Period, RouteTime
from shopprivacy.decision import Action
from shopprivacy.errors import MissingExtra
from shopprivacy.storage.event_files import files_in, read_counts

if TYPE_CHECKING:
    from shopprivacy.ledger.store import LedgerStore

# Nothing is fetched: what is needed to read JSON is part of DuckDB.
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}

# A line is what stands between two line feeds, whatever is in it: no event holds the delimiter, which JSON escapes.
_READ: Final = r"""
CREATE TEMP TABLE lines AS SELECT line FROM read_csv(
    $files, columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', header = false,
    auto_detect = false, strict_mode = false, ignore_errors = true, store_rejects = true, rejects_limit = 0
) WHERE line IS NOT NULL AND line <> ''
"""
_PARSE: Final = """
CREATE TEMP TABLE events AS SELECT * REPLACE (CAST("time"[:10] AS DATE) AS "time") FROM (
    SELECT unnest(from_json(CASE WHEN json_valid(line) THEN line END,
        '{"time": "VARCHAR", "event": "VARCHAR", "route": "VARCHAR", "status": "INTEGER",
         "duration": "INTEGER", "entry": "BOOLEAN", "referrer": "VARCHAR",
         "browser": "VARCHAR", "device": "VARCHAR", "language": "VARCHAR",
        "campaign": {"source": "VARCHAR", "medium": "VARCHAR", "campaign": "VARCHAR"}, "visitor": "VARCHAR"}'))
    FROM lines
) WHERE event IS NOT NULL AND CAST(try_strptime("time", '%Y-%m-%dT%H:%M:%SZ') AS DATE) BETWEEN $first AND $last
"""

_TIMES: Final = """
SELECT route, count(*), median(duration), quantile_disc(duration, 0.95) FROM events
WHERE event = 'page' AND route IS NOT NULL AND duration IS NOT NULL GROUP BY route
"""

_FAILURES: Final = """
SELECT coalesce(route, '-'), coalesce(status, 0), count(*) FROM events WHERE event = 'failure' GROUP BY ALL
"""


def count_events(folder: Path, period: Period) -> Counted:
    """Return what a folder's files say of a period.

    Raises MissingExtra without DuckDB, and OSError for a folder or file that cannot be read.
    """
    if not folder.is_dir():
        raise FileNotFoundError(2, "there is no such folder of events", str(folder))
    found = [one for one in files_in(folder) if period.first <= one[0] <= period.last]
    lines = [path for _, kind, path in found if kind != "counts"]
    for path in lines:
        path.open("rb").close()  # raises an OSError where DuckDB would raise an error of its own
    counts = [read_counts(path) for _, kind, path in found if kind == "counts"]
    told: dict[str, Any] = _count([*map(str, lines)], period) if lines else {}
    return Counted(
        days=frozenset(day for day, _, _ in found),
        without_event=sum(one.get("views_without_event", 0) for one in counts),
        dropped=sum(one.get("dropped", 0) for one in counts),
        **told,
    )


def count_consent(store: LedgerStore, purposes: Iterable[str], period: Period) -> Mapping[str, Consent]:
    """Return how often a purpose was agreed to and refused in a period, as a ledger has it. Raises StoreDown."""
    granted = dict.fromkeys(purposes, 0)
    refused = dict.fromkeys(granted, 0)
    for row in store.rows():
        entry = row.entry
        if entry and entry.purpose in granted and period.first <= entry.at.date() <= period.last:
            granted[entry.purpose] += entry.action is Action.GRANTED
            refused[entry.purpose] += entry.action is Action.REFUSED
    for (day, purpose), count in store.refusals().items():
        if purpose in refused and period.first <= day <= period.last:
            refused[purpose] += count
    return {name: Consent(granted[name], refused[name]) for name in granted}


def _count(files: list[str], period: Period) -> dict[str, Any]:
    try:
        import duckdb
    except ImportError:
        raise MissingExtra("report") from None
    with closing(duckdb.connect(config=_CONFIG)) as database:

        def ask(query: str) -> list[tuple[Any, ...]]:
            rows: list[tuple[Any, ...]] = database.execute(query).fetchall()
            return rows

        def by(key: str, where: str, number: str = "count(*)") -> dict[Any, int]:
            return dict(ask(f"SELECT {key} AS one, {number} FROM events WHERE {where} GROUP BY one"))  # noqa: S608

        database.execute(_READ, {"files": files})
        [(rejected,)] = ask("SELECT count(DISTINCT (file_id, line)) FROM reject_errors")
        database.execute(_PARSE, {"first": period.first, "last": period.last})
        [(unread,)] = ask("SELECT (SELECT count(*) FROM lines) - (SELECT count(*) FROM events)")
        page = f"event = '{PAGE}'"
        visit = f"{page} AND entry"
        return {
            "visits": by('"time"', visit),
            "views": by('"time"', page),
            "visitors": by('"time"', f"{page} AND visitor IS NOT NULL", "count(DISTINCT visitor)"),
            "visitors_views": by('"time"', f"{page} AND visitor IS NOT NULL"),
            "pages": by("coalesce(route, '-')", page),
            "referrers": by(f"coalesce(referrer, '{NO_REFERRER}')", visit),
            "devices": by(f"coalesce(device, '{OTHER}')", visit),
            "browsers": by(f"coalesce(split_part(browser, '/', 1), '{OTHER}')", visit),
            "languages": by(f"coalesce(language, '{OTHER}')", visit),
            "campaigns": by(
                "concat_ws(' / ', campaign.source, campaign.medium, campaign.campaign)",
                visit,
            ),
            "events": by("event", f"event NOT IN ('{PAGE}', '{FAILURE}')"),
            "failures": {(route, status): number for route, status, number in ask(_FAILURES)},
            "times": [
                RouteTime(route, views, round(median), round(slow))
                for route, views, median, slow in ask(_TIMES)
            ],
            "unread": unread + rejected,
        }
