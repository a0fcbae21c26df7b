"""What must hold for every case, through both shells and for four parsers."""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from shopprivacy.consent.choices import Choice
from shopprivacy.crypto import Ring
from shopprivacy.gate.deletions import DELETIONS_LIMIT
from shopprivacy.http.request_head import Fields
from shopprivacy.policy import Duration
from tests.browser_jar import Jar, Stored
from tests.cookies.parsers import PARSERS
from tests.fuzz.case import NOW_SECONDS, Case
from tests.gate.exchange import KEYSET, NOW, SHELLS, Host, Shop, elsewhere, set_cookies
from tests.gate.promised import allowed, declaration

_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_HELD_BY_OURSELVES = frozenset({b"set-cookie", b"cache-control", b"vary", b"surrogate-control"})
_KEPT_DAYS = 180  # six months, of which no case lies within a week
_SKEW = 60
_LONGEST = timedelta(days=400)
_ADDED_BY_EMPTYING = len(b"; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT")


class Broken(Exception):
    """A promise that does not hold for a case. ``promise`` names it, so that a smaller case can break the same one."""

    def __init__(self, promise: str, detail: str = "") -> None:
        self.promise = promise
        super().__init__(f"{promise}: {detail}" if detail else promise)


def check(case: Case) -> None:
    """Send a case through both shells. Raises Broken."""
    policy = case.front.policy
    counting = _counting(case)
    results = [_through(shell, case) for shell in SHELLS]
    if results[0] != results[1]:
        raise Broken("both shells answer byte for byte alike")
    seen, answers, fields = results[0][:3]
    for purpose, answer in answers.items():
        chosen = counting.get(purpose)
        live = chosen is Choice.GRANTED or (chosen is None and purpose not in policy.asked_in_browser())
        if answer is not live:
            raise Broken("the application is told the truth about consent", purpose)
    if policy.mode.cookies == "enforce":
        _check_request(case, counting, seen or b"")
        _check_response(case, counting, fields)
    else:
        _check_report(case, seen, fields)


def _through(shell: str, case: Case) -> tuple[bytes | None, dict[str, bool], Fields, list[tuple[str, str]]]:
    shop = Shop(fields=case.response, asks=case.asks)
    gate = case.front.gate
    withdrawals = case.withdrawals
    at = None if withdrawals is None else {name: NOW_SECONDS - ago for name, ago in withdrawals.items()}
    gate.withdrawals = lambda _account: elsewhere(at)
    host = Host(gate)
    try:
        fields = SHELLS[shell](shop, host, case.cookies, case.headers, case.url)
    except Exception as error:
        raise Broken("nothing is raised", f"{shell}: {type(error).__name__}") from error
    return shop.seen, shop.answers, [(name.lower(), value) for name, value in fields], host.reported


# The visitor


def _counting(case: Case) -> Mapping[str, Choice]:
    """Return the choices that count now, by purpose, as the documents say: docs/explanation/consent.md."""
    policy = case.front.policy
    sent = [value for name, value in _sent(case) if name == b"__Host-consent"]
    known = {*sent} == {case.genuine}
    objectable = {str(cookie.purpose) for cookie in policy.cookies.values() if cookie.exempt}
    objectable -= {*policy.asked_in_browser()}
    tied = case.tied and b"+" in case.genuine.partition(b".")[0]
    counting: dict[str, Choice] = {}
    granted_under_signal = set()
    for purpose, given in case.answers.items() if known else ():
        choice = given.choice
        if purpose in objectable and choice is not Choice.GRANTED:
            counting[purpose] = choice  # it never lapses
            continue
        if not -_SKEW <= given.age <= _KEPT_DAYS * 86400:
            continue
        if choice is Choice.GRANTED:
            if case.signalled:
                granted_under_signal.add(purpose)
            if tied and case.withdrawals is None:
                continue
            if tied and (case.withdrawals or {}).get(purpose, given.age + 1) <= given.age:
                choice = Choice.WITHDRAWN
                granted_under_signal.discard(purpose)
        counting[purpose] = choice
    # Where nobody can tell whether the visitor objected, or the account did elsewhere, the purpose is not allowed.
    elsewhere = tied and known and case.withdrawals != {}
    cut_off = not known and (
        case.headers.get("Sec-Fetch-Site") == "cross-site"
        or (len({*sent}) == 1 and _has_another_key(sent[0]))
    )
    for purpose in objectable - counting.keys():
        if cut_off or (elsewhere and (case.withdrawals is None or purpose in case.withdrawals)):
            counting[purpose] = Choice.REFUSED
    gpc = policy.signals.gpc == "object" and "1" in case.headers.get("Sec-GPC", "").split(", ")
    dnt = policy.signals.dnt == "object" and case.headers.get("DNT", "").startswith("1")
    if gpc or dnt:
        for purpose in policy.signals.purposes:
            if purpose not in granted_under_signal:
                counting[purpose] = Choice.REFUSED
    return counting


def _has_another_key(value: bytes) -> bool:
    """Whether a consent cookie is one by docs/formats/consent-cookie.md, but for a key that is not ours."""
    _, stop, text = value.partition(b".")
    padded = text + b"=" * (-len(text) % 4)
    try:
        body = b64decode(padded, altchars=b"-_", validate=True)
        if not stop or len(value) > 4082 or urlsafe_b64encode(body).rstrip(b"=") != text:
            return False
        version, key_id, count = body[0], body[1:5], body[10]
        end = 11 + 7 * count
        signed = body[:-16]
        choices, account_at = signed[13:end:7], end + 1 + signed[end]
        sound = signed[end] in {0, 16} and signed[account_at] in {0, 20}
        whole = len(signed) >= account_at + 1 + signed[account_at]
    except (ValueError, IndexError):
        return False
    ours = {key.id for key in KEYSET.keys(Ring.SIGNING)}
    return version in {1, 2} and key_id not in ours and sound and whole and {*choices} <= {1, 2, 3}


def _sent(case: Case) -> Iterator[tuple[bytes, bytes]]:
    """What a browser means by its Cookie fields: names and values between semicolons, spaces and tabs trimmed."""
    for pair in b"; ".join(case.cookies).split(b";"):
        name, equals, value = pair.partition(b"=")
        if equals:
            yield name.strip(b" \t"), value.strip(b" \t")


# The request


def _check_request(case: Case, counting: Mapping[str, Choice], seen: bytes) -> None:
    policy = case.front.policy
    text = seen.decode("latin-1")
    after = {parser: parse(text) for parser, parse in PARSERS.items()}
    for parser, reading in after.items():
        for name in reading:
            if not allowed(policy, counting, name):
                raise Broken("no parser finds a denied name", f"{parser} reads {name!r} in {seen!r}")
    pairs = [pair.strip(b" \t") for pair in seen.split(b";")]
    for parser, reading in after.items():
        alone = [PARSERS[parser](pair.decode("latin-1")) for pair in pairs]
        for name, values in reading.items():
            if not all([value] in [pair.get(name) for pair in alone] for value in values):
                raise Broken("what is left is read alike", f"{parser} reads {name!r} in {seen!r} otherwise")
    joined = b"; ".join(case.cookies)
    position = 0
    for pair in pairs:
        found = joined.find(pair, position)
        if found < 0:
            raise Broken("what is left came so, in this order", repr(pair))
        position = found + len(pair)
    if _CONTROLS.search(joined):
        return  # no field has control characters (RFC 9110, section 5.5): what a server lets in is not kept
    before = [parse(joined.decode("latin-1")) for parse in PARSERS.values()]
    sent = {name.decode("latin-1"): name + b"=" + value for name, value in _sent(case)}
    many = Counter(name.decode("latin-1") for name, _ in _sent(case))
    for name in set.intersection(*(set(reading) for reading in before)):
        value = before[0][name]
        if not allowed(policy, counting, name) or any(reading[name] != value for reading in before):
            continue
        by_itself = [parse(sent.get(name, b"").decode("latin-1")).get(name) for parse in PARSERS.values()]
        if many[name] > 1 or any(reading != value for reading in by_itself):
            continue  # they agree by chance, each on another pair
        if any(reading.get(name) != value for reading in after.values()):
            raise Broken(
                "an allowed value on which parsers agree stays", f"{name!r} in {joined!r}, left {seen!r}"
            )


# The response


def _check_response(case: Case, counting: Mapping[str, Choice], fields: Fields) -> None:
    policy = case.front.policy
    released = set_cookies(fields)
    url = case.url if "example" in case.url else "https://www.shop.example/"
    bare, gated = _jar(case.sets, case.sets, url), _jar(case.sets, released, url)
    for key, cookie in gated.items():
        if allowed(policy, counting, cookie.name.decode("latin-1")) or cookie.name == b"__Host-consent":
            continue
        if cookie.value != b"planted":
            raise Broken("no browser keeps a denied cookie", repr(cookie))
        if key not in bare:
            raise Broken("a deletion passes", repr(cookie.name))
    for key, cookie in bare.items():
        if allowed(policy, counting, cookie.name.decode("latin-1")) and not _is_twin(
            case, cookie, gated.get(key)
        ):
            raise Broken(
                "an allowed cookie is set as it was, for as long as it may live", f"{cookie} {gated.get(key)}"
            )
    size = sum(len(value) + 14 for value in released)
    came = sum(len(value) + 14 + _ADDED_BY_EMPTYING for value in case.sets)
    if size > came + DELETIONS_LIMIT:
        raise Broken("deletions fit in 4096 bytes", str(size - came))
    _check_other_fields(case, fields)


def _jar(planted: list[bytes], fields: list[bytes], url: str) -> dict[Any, Stored]:
    """What a browser holds that had a cookie of each name when these fields came."""
    jar = Jar()
    names = {field.partition(b";")[0].partition(b"=")[0].strip(b" \t") for field in planted}
    jar.store([name + b"=planted; Path=/; Secure" for name in sorted(names) if name], url, NOW)
    jar.store(fields, url, NOW)
    return {(c.name, c.domain, c.host_only, c.path, c.partitioned): c for c in jar.held(NOW)}


def _is_twin(case: Case, cookie: Stored, gated: Stored | None) -> bool:
    declared = declaration(case.front.policy, cookie.name.decode("latin-1"))
    if cookie.value == b"planted":
        return gated is not None and gated.value == b"planted"
    if gated is None or declared is None or gated.value != cookie.value:
        return False
    if cookie.expiry is None or not isinstance(declared.life, Duration):
        return gated.expiry is None
    return gated.expiry == min(cookie.expiry, declared.life.after(NOW), NOW + _LONGEST)


def _check_report(case: Case, seen: bytes | None, fields: Fields) -> None:
    joined = b"; ".join(case.cookies) if case.cookies else None
    if seen != joined:
        raise Broken("report mode hides nothing", repr(seen))
    kept = [field for field in case.sets if field.partition(b"=")[0].strip(b" \t") != b"__Host-consent"]
    if set_cookies(fields) != kept and not any(b"__Host-consent" in field for field in case.sets):
        raise Broken("report mode removes nothing", repr(set_cookies(fields)))
    _check_other_fields(case, fields)


def _check_other_fields(case: Case, fields: Fields) -> None:
    if [f for f in fields if f[0] not in _HELD_BY_OURSELVES] != [
        (name.lower(), value) for name, value in case.fields if name.lower() not in _HELD_BY_OURSELVES
    ]:
        raise Broken("other header fields pass as they came")
