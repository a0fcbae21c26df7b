"""What the gate costs beside what else shops put around an application.

    python -m benchmarks.peers [--quick]

On a raw application that does nothing: no-op middleware, secure.py, Starlette's SessionMiddleware, and the gate. In a
Django project: Django's SessionMiddleware, django-cookie-consent, and the gate. The same ten cookies in every request,
a visitor who accepted statistics. They do not do the same; what a refused cookie meets is tried and printed too.
Needs the packages of the group ``benchmarks``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from secure.middleware import SecureASGIMiddleware, SecureWSGIMiddleware

from benchmarks.django_project import Project
from benchmarks.gate import FEW, VISITORS, asgi, cases, consents, distinct, raw, raw_wsgi, wsgi
from benchmarks.rounds import Case, rounds_of, typical

Measured = list[dict[str, float]]


def raw_cases() -> dict[str, Case]:
    cookies = consents(1)
    return {
        **cases(FEW),
        **distinct(VISITORS),
        "secure.py, ASGI": asgi(SecureASGIMiddleware(raw), cookies),
        "secure.py, WSGI": wsgi(SecureWSGIMiddleware(raw_wsgi), cookies),
    }


def print_added(measured: Measured, names: list[str], bare: str, session: str) -> None:
    """Print what each adds to the bare application, and the share of that in what the session middleware adds."""
    for name in names:
        mine = bare.replace("ASGI", "WSGI") if "WSGI" in name else bare
        share = typical(measured, lambda r, n=name, b=mine: (r[n] - r[b]) / (r[session] - r[bare]))
        print(f"  {name:36}{share:8.2f}")


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    every = raw_cases()
    rounds, calls = (5, 500) if quick else (41, 10_000)
    measured = rounds_of(every, rounds=rounds, calls=calls)
    print("added to a raw application, as a share of what Starlette's SessionMiddleware adds")
    shown = [name for name in every if not name.startswith("raw")]
    print_added(measured, shown, "raw ASGI", "SessionMiddleware")

    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), VISITORS)
        facts, in_django = project.facts(), project.cases()
        rounds, calls = (5, 100) if quick else (41, 1_000)
        measured = rounds_of(in_django, rounds=rounds, calls=calls)
    bare, session, *_ = in_django
    print("\nadded in Django, as a share of what its SessionMiddleware adds; a whole request, of a bare one")
    for name in in_django:
        share = typical(measured, lambda r, n=name: (r[n] - r[bare]) / (r[session] - r[bare]))
        whole = typical(measured, lambda r, n=name: r[n] / r[bare])
        print(f"  {name:36}{share:8.2f}{whole:8.2f}")

    print("\na cookie that the visitor refused, and a view that sets it")
    print(f"  {'':36}{'reaches browser':>17}{'reaches view':>14}{'deleted':>9}")
    for name, (set_by_view, seen, deleted) in facts.items():
        words = ("yes" if fact else "no" for fact in (set_by_view, seen, deleted))
        print(f"  {name:36}{next(words):>17}{next(words):>14}{next(words):>9}")


if __name__ == "__main__":
    main()
