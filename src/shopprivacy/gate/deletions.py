"""What a browser has to forget: which cookies, where they may lie, and how many deletions a response carries."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from shopprivacy.cookies.request import is_token
from shopprivacy.cookies.response import deletion
from shopprivacy.gate.cookie_rules import ESSENTIAL, BlockReason, Place
from shopprivacy.gate.request_filter import FROM_THE_SITE, Passage

DELETIONS_LIMIT = 4096
"""Bytes of Set-Cookie fields that one response carries at most for deletions."""
_TYPICAL_PART = 37  # deletions of usual length that fit in there
_MOST_TRIED = 200  # more than ever fit
_AT_HOME: Sequence[Place] = (("/", None, False),)


def deletions(passage: Passage) -> Sequence[bytes]:
    """Return Set-Cookie fields that delete what the visitor denied, as many as one response carries.

    After a choice also what other paths may hold: a browser does not send that with the request that withdraws.
    """
    rule_of = passage.gate.rule_of
    held = {name: rule for name in passage.names if (rule := rule_of(name)) is not None}
    if passage.chosen:
        held = {**passage.gate.on_other_paths, **held}
    reasons = passage.verdicts.reasons
    denied = [(name, rule) for name, rule in held.items() if reasons[rule.basis] is BlockReason.DENIED]
    if not denied or not _may_delete(passage):
        return ()
    hostname = passage.head.hostname
    sent_to = None if passage.chosen else passage.head.path
    return deletions_within(
        DELETIONS_LIMIT,
        [(name, rule.places(name, hostname, sent_to)) for name, rule in denied],
        turn=int(passage.now.timestamp() * 1000),
    )


def cleared(passage: Passage) -> Sequence[bytes]:
    """Return Set-Cookie fields that delete what the browser has sent and the policy knows, the consent cookie aside.

    They stand for a Clear-Site-Data field of the shop's, which would take an objection with it. What nobody declared
    goes, too, where the browser can only have it from this host. Not all may fit in one response, and none may follow:
    so essential cookies, such as a session's, are first, and of all others the likeliest place is before the next.
    """
    rule_of, hostname = passage.gate.rule_of, passage.head.hostname
    sent = {name: rule_of(name) for name in passage.names}
    declared = {name: rule for name, rule in sent.items() if rule is not None} | passage.gate.on_other_paths
    essential: list[tuple[bytes, Sequence[Place]]] = []
    others: list[tuple[bytes, Sequence[Place]]] = []
    for name, rule in declared.items():
        first = essential if rule.basis is ESSENTIAL else others
        first.append((name, rule.places(name, hostname, None)))
    others += [(name, _AT_HOME) for name, rule in sent.items() if rule is None and is_token(name)]
    most = max((len(places) for _, places in others), default=0)
    in_turn = [
        (name, places[at : at + 1]) for at in range(most) for name, places in others if at < len(places)
    ]
    every = [*essential, *in_turn]
    return deletions_within(DELETIONS_LIMIT, every, turn=0) if every else ()


def _may_delete(passage: Passage) -> bool:
    """Whether this visitor is known well enough to delete what they hold.

    Without a consent cookie only a signal can have denied anything. It may be missing although there is one: a
    cross-site POST, such as a payment's return, comes without Lax cookies. Then nothing is deleted.
    """
    choices = passage.choices
    if choices is not None:
        return passage.browser.may_delete(choices)
    return passage.head.header("sec-fetch-site") in FROM_THE_SITE


def deletions_within(
    limit: int, cookies: Sequence[tuple[bytes, Sequence[Place]]], *, turn: int
) -> Sequence[bytes]:
    """Return deletions of these cookies in their places, as many as fit in ``limit`` bytes.

    Where not all fit, each ``turn`` begins about where the one before it ended, and goes round. Nothing is built
    that does not go out: how many cookies there are is the client's choice. A deletion that does not fit by itself
    is left out; the cookie in it is larger than browsers keep.
    """
    ends = list(accumulate(len(places) for _, places in cookies))
    fields: list[bytes] = []
    used = 0
    start = turn * _TYPICAL_PART % ends[-1]
    for position in range(start, start + min(ends[-1], _MOST_TRIED)):
        index = bisect_right(ends, position % ends[-1])
        name, places = cookies[index]
        path, domain, partitioned = places[
            position % ends[-1] - ends[index]
        ]  # counted from the cookie's last place
        field = deletion(name, path=path, domain=domain, partitioned=partitioned)
        size = len(b"set-cookie: \r\n") + len(field)
        if used + size <= limit:
            fields.append(field)
            used += size
        elif size <= limit:
            break
    return fields
