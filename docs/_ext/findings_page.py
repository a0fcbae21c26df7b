"""The reference page of findings, printed from their table."""

from __future__ import annotations

from typing import Final

from shopprivacy.lint.finding import KINDS, Kind, Severity
from shopprivacy.lint.rules import WARNINGS

_HEAD: Final = """\
<!-- Written by `python -m docs._ext` from findings.toml; change it there. -->

# What `shopprivacy check` finds

Each finding has an id that is never renamed and never means something else. An *error* stops the start:
what it names cannot be enforced, or means nothing. What a *warning* names can be enforced, but is unlawful or unwise.
`shopprivacy check` ends with status 1 after either. If a part of the file cannot be read, the rest is checked all the
same, so that everything is reported at once.

The last column names the rows of the [map of promises](../promise-map.md) that the finding belongs to.

## Accepting a warning

A shop may have to live with a warning for a while. Accept it in the policy, for one key, with the reason:

```{code-block} toml
:caption: privacy.toml, as an example

[accepted]
no-agreement."recipients.carrier.agreement" = "signed on paper in May; the date follows"
```

`check` then lists the warning as accepted, and it no longer changes the exit status. An entry without a matching
warning is a finding itself (`stale-acceptance`), so the table cannot outlive its reasons. Errors cannot be accepted.

## All findings
"""


def page() -> str:
    """The page, in MyST Markdown."""
    rows = [_row(kind) for kind in KINDS.values()]
    head = "| id | severity | what | source | what to do | promises |\n|---|---|---|---|---|---|"
    return "\n".join([_HEAD, head, *rows, ""])


def _row(kind: Kind) -> str:
    fix = kind.fix.format(path="KEY").replace("|", "\\|")
    severity = Severity.WARNING if kind.id in WARNINGS else Severity.ERROR
    return f"| `{kind.id}` | {severity} | {kind.what} | {kind.source} | {fix} | {', '.join(kind.rows)} |"
