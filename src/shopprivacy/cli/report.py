"""``shopprivacy report``: what a shop's own events say of a week or a month, as one HTML file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from shopprivacy.analytics.report import Period, read_month, read_week, report_of
from shopprivacy.cli.places import open_store, store_at_hand, store_option
from shopprivacy.cli.policy import analytics_option, policy_option
from shopprivacy.pages.report_page import LANGUAGES, report_page
from shopprivacy.policy import load
from shopprivacy.privacy.configuration import analytics_folder
from shopprivacy.storage.event_counts import count_consent, count_events


@click.command("report")
@click.option("--week", metavar="YEAR-WEEK", help='A week, from Monday to Sunday: "2026-W48".')
@click.option("--month", metavar="YEAR-MONTH", help='A month: "2026-11".')
@policy_option
@analytics_option
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the report goes (default: report-PERIOD.html).",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="The language of the report (default: the policy's first).",
)
@store_option
def report(
    week: str | None,
    month: str | None,
    file: Path,
    analytics: Path | None,
    output: Path | None,
    language: str | None,
    store: str,
) -> None:
    """Write what was counted in a week or a month into one HTML file, without scripts; without either, in last week.

    No row is about fewer than minimum_group of the policy. Consent rates come from the ledger; where there is no
    store, the report has none. Needs the extra "report" (DuckDB).

    Exit status: 0 the report is written, 1 it cannot be, 2 wrong usage.
    """
    policy = load(file)
    period = _period(week, month)
    if policy.analytics.purpose is None:
        raise click.ClickException(
            f"{click.format_filename(file)}: analytics.purpose is missing, so this shop counts nothing; name the "
            "purpose that events are for"
        )
    counted = count_events(analytics_folder(file, analytics), period)
    at_hand = store_at_hand(store)
    if at_hand:
        asked = policy.asked_in_browser()
        counted = replace(counted, consent=count_consent(open_store(store), asked, period))
    target = output or Path(f"report-{period.name}.html")
    page = report_page(report_of(counted, period, policy), policy, language or policy.languages[0])
    target.write_text(page, encoding="utf-8")
    click.echo(f"{click.format_filename(target)}: {period.first} to {period.last}")
    if not at_hand:
        click.echo("no consent rates: there is no store; name it with --store or SHOPPRIVACY_STORE", err=True)


def _period(week: str | None, month: str | None) -> Period:
    if week and month:
        raise click.UsageError("give --week or --month, not both")
    try:
        if month:
            return read_month(month)
        return read_week(week or f"{datetime.now(UTC) - timedelta(days=7):%G-W%V}")
    except ValueError as error:
        raise click.UsageError(str(error)) from None
