"""Text as it may stand in a log: what points to a person is ``-``, and what is not printed is escaped.

Text is split at separators, and each token is judged once and remembered: the work grows with the length of the text
and not with what stands in it. Names in free text cannot be recognised.
"""

from __future__ import annotations

import re
from typing import Final

from shopprivacy.analytics import names
from shopprivacy.analytics.addresses import NOTHING
from shopprivacy.analytics.certain import is_bsn, is_card, is_grouped_card, is_iban, is_phone
from shopprivacy.analytics.model import LogRules
from shopprivacy.analytics.tokens import OPEN, Tokens
from shopprivacy.analytics.user_agent import IN_TEXT, reduced

LONGEST: Final = 8192
"""Characters; longer text loses its middle."""
PREFIX: Final = "  | "
"""Begins each line of a traceback and of any text that goes on: no line of a log is one that a client wrote."""

_HIDDEN: Final = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\ud800-\udfff"
)
"""What is not printed, or changes how the rest is: control characters, bidirectional marks, halves of surrogates."""
_BLANK: Final = r" \xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_OURS: Final = (
    r"(?:x(?:[01][0-9a-f]|7f|[89][0-9a-f]|ad)"
    r"|u(?:061c|180e|200[bef]|20[26][0-9a-f]|d[89a-f][0-9a-f]{2}|feff|fff[9ab]))"
)
"""The same as we escape it, behind the backslash: to do so again would change the text."""
# No category (\s) and nothing beyond the Basic Multilingual Plane: such sets are slow to search.
_BETWEEN: Final = rf"\"'<>()\[\]{{}}|\\^`,;{_BLANK}{_HIDDEN}"
_TAIL: Final = rf"(?:\?|;(?=[A-Za-z_]\w*=))(?:[^\"<>\\{_BLANK}{_HIDDEN}]|\\(?!{_OURS})\"?)*+"
_PARTS: Final = re.compile(
    rf"[^{_BETWEEN}?]++(?:(?<=[^{_BETWEEN}]\w)(?<![=:][bru])'(?=\w)[^{_BETWEEN}?]++)*+(?:{_TAIL})?+"
    rf"|{_TAIL}|(?:\\{_OURS}|[{_BETWEEN}])++"
)
"""A token, perhaps with an apostrophe in it, a URL with its query, up to the blank; and what stands between."""
_SEPARATOR: Final = re.compile(rf"[{_BETWEEN}]")
_CONTINUED: Final = re.compile(rf"\n(?={re.escape(PREFIX)})")
_UNPRINTED: Final = re.compile(rf"[{_HIDDEN}]")

_AGENT_FIELD: Final = re.compile(
    r'(" [0-9]{3} \S+ "[^"\\]*+(?:\\.[^"\\]*+)*+" ")([^"\\]*+(?:\\.[^"\\]*+)*+)(?=")'
)
"""Status, size and referrer of a combined log, and then the user agent."""
_PHC: Final = re.compile(r"\$(?:argon2\w{0,2}|scrypt)\$[^\s\"']+")
"""Hashed passwords in the PHC string format, which has commas."""
_STRING: Final = r"""b?"[^"\\]*+(?:\\.[^"\\]*+)*+"?|b?'[^'\\]*+(?:\\.[^'\\]*+)*+'?"""
_USER_FIELD: Final = re.compile(r"( - )(?!- )[^\s\[]+( \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:)")
"""Who logged in by HTTP, in a common log."""
_SIGN: Final = re.compile(r"""["'`\]]{0,2}\s{0,2}(?:=>|==?|:)\s{0,2}|["'],\s{0,2}(?=b?["'])""")
_VALUE: Final = re.compile(
    rf"""{_STRING}|(?:(?:basic|bearer|digest|token) +)?(?:[^\s"'<>&;,)\]}}\\{_HIDDEN}]|\\(?!{_OURS}))+""",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"""\s{0,2}b?["'][?]?([^"'?]*=[^"']*)""")
_LINE: Final = re.compile(rf"""{_STRING}|(?:[^"'\\{_HIDDEN}]|\\(?!{_OURS}))+""")
_CREDENTIALS: Final = re.compile(r"(\s+)((?=[A-Za-z._~+/-]*[0-9=A-Z])[A-Za-z0-9._~+/=-]{8,})")
_NUMBER: Final = re.compile(
    r"((?:\s|[:=#.'\"]|is|nr|no|nummer|number){0,4})([0-9]{8,19}(?![0-9])|[0-9]{1,6}(?:[ .-][0-9]{1,6}){1,4})"
)
_DOTTED: Final = re.compile(r"\s+v?[0-9]+(?:\.[0-9]+){3}(?![0-9.:])")
_GROUPS: Final = re.compile(r"(?:[ -]?[A-Za-z0-9]{1,6}){1,10}")
_LAST_PIECE: Final = re.compile(r"[^=:/]*\Z")
_WIDEST: Final = 80
"""Characters of the longest groups."""
_MORE_DIGITS: Final = re.compile(r"[ ().-]{1,2}([0-9]{1,9})(?![0-9A-Za-z:]|/[0-9])")
_RESTLESS: Final = f"{OPEN}\1"
"""Begins a judgement that is itself to be judged: the path that is left of a URL may be something else."""
_SETTLES: Final = 5
_ENOUGH: Final = 11
"""Digits of most telephone numbers with their country's."""


class Text:
    """Cleans text by the rules of a policy. One may be shared by threads."""

    def __init__(self, rules: LogRules | None = None) -> None:
        self.rules = rules or LogRules()
        self.tokens = Tokens(self.rules, self.clean)
        self._known = _Known(self.tokens)

    def clean(self, text: str) -> str:
        """The text, cleaned, on one line, except for lines that begin as :data:`PREFIX`. Twice is once."""
        if len(text) > LONGEST:
            text = _shortened(text)
        if "Mozilla/" in text:
            text = IN_TEXT.sub(lambda found: reduced(found[0]), text)
        if '] "' in text:
            text = _USER_FIELD.sub(r"\1-\2", text)
        if '" "' in text:
            text = _AGENT_FIELD.sub(lambda found: found[1] + reduced(found[2]), text)
        if "$" in text:
            text = _PHC.sub(NOTHING, text)
        cleaned = "".join(map(self._known.__getitem__, _PARTS.findall(text)))
        return self._settled(text, _SETTLES) if OPEN in cleaned else cleaned

    def _settled(self, text: str, left: int) -> str:
        """The same where tokens hang on what stands behind them; again where that has put new ones together."""
        cleaned, is_restless = self._in_context(text)
        return self._settled(cleaned, left - 1) if left and is_restless and cleaned != text else cleaned

    def _in_context(self, text: str) -> tuple[str, bool]:
        cleaned, place, is_restless = list[str](), 0, False
        while True:
            for part in _PARTS.finditer(text, place):
                judged, place = self._known[part[0]], part.end()
                if judged.startswith(_RESTLESS):
                    judged, is_restless = judged[len(_RESTLESS) :], True
                elif judged.startswith(OPEN):
                    plain = judged[1:]
                    judged, reach = self._followed(text, part[0], plain, place)
                    is_restless = is_restless or judged != part[0]
                    if reach != place:
                        cleaned.append(judged)
                        place, is_restless = reach, True
                        break
                cleaned.append(judged)
            else:
                return "".join(cleaned), is_restless

    def _followed(self, text: str, token: str, plain: str, end: int) -> tuple[str, int]:
        """What is written for a token and what hangs on it, and where the text goes on."""
        begun = token.rpartition("=" if "=" in token.rstrip("=:") else ":")[2]
        if token[-1] in "=:.,!?" or not begun:
            begun = token.rstrip("=:.,!?>")
        begun = begun.rpartition("/")[2]
        lower = begun.lower()
        if plain.endswith(NOTHING) and "/" not in token and plain != token:
            # A header's value, which may go on.
            more = _LINE.match(text, end) if text[end : end + 1] in {" ", ";"} else None
            return plain, more.end() if more else end
        if lower in names.SCHEMES and (found := _CREDENTIALS.match(text, end)):
            return f"{plain}{found[1]}{NOTHING}", found.end()
        if lower in names.VERSIONS and (found := _DOTTED.match(text, end)):
            return plain + found[0], found.end()
        if (names.is_card(begun) or names.is_bsn(begun)) and (found := _NUMBER.match(text, end)):
            test = is_card if names.is_card(begun) else is_bsn
            return (f"{plain}{found[1]}{NOTHING}", found.end()) if test(found[2]) else (plain, end)
        if token[-1] == ":" and "." in begun and text[end : end + 1] == " ":  # the name of a logger
            return plain, end
        if names.is_secret(begun):
            return self._secret(text, begun, token, end)
        if names.is_query(begun):
            return self._query(text, token, end)
        last = _LAST_PIECE.search(plain)  # of the cleaned token: its query is gone
        begun = last[0] if last else ""
        reach = self._groups(begun + text[end : end + _WIDEST]) if begun else None
        return (
            (plain, end)
            if reach is None
            else (plain[: len(plain) - len(begun)] + NOTHING, end + reach - len(begun))
        )

    def _secret(self, text: str, name: str, token: str, end: int) -> tuple[str, int]:
        sign = _EMPTY if token[-1] in "=:>" else _SIGN.match(text, end)
        if sign is None:
            return token, end
        place = end if sign is _EMPTY else sign.end()
        between = "" if sign is _EMPTY else sign[0]
        blank = len(text[place : place + 2]) - len(text[place : place + 2].lstrip(" "))
        between, place = between + " " * blank, place + blank
        first = text[place : place + 1]
        if first and first in "[{(":
            return f'{token}{between}"{NOTHING}"', _closed(text, place)
        value = (_LINE if names.takes_line(name) else _VALUE).match(text, place)
        if value is None:
            return token, end
        bare = value[0].removeprefix("b") if value[0][:2] in {"b'", 'b"'} else value[0]
        quote = bare[0] if bare[0] in "\"'" else '"' if between.startswith('"') else ""
        return f"{token}{between}{value[0][: len(value[0]) - len(bare)]}{quote}{NOTHING}{quote}", value.end()

    def _query(self, text: str, token: str, end: int) -> tuple[str, int]:
        sign = _EMPTY if token[-1] in "=:>b" else _SIGN.match(text, end)
        value = None if sign is None else _QUOTED.match(text, max(end, sign.end()))
        if value is None:
            return token, end
        return token + text[end : value.start(1)] + self.tokens.urls.query(value[1]), value.end()

    def _groups(self, text: str) -> int | None:
        """Where a telephone number, an IBAN or a card number in groups ends with which the text begins."""
        if text[0] == "+":
            return _end_of_phone(text)
        found = _GROUPS.match(text)
        if found is None:
            return None
        reach = found.end()
        test = is_grouped_card if text[0].isdigit() else is_iban
        while reach > 10:
            if test(text[:reach]):
                return reach
            reach = max(text.rfind(" ", 0, reach), text.rfind("-", 0, reach))
        return None


class _Known(dict[str, str]):
    """Judgements by token; what is new is judged when it is asked for. Bounded: clients choose what stands in it."""

    MOST = 20_000
    LONGEST = 256

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens

    def __missing__(self, part: str) -> str:
        judged = self._judge(part)
        is_changed = judged != part and not judged.startswith(OPEN)
        if is_changed and judged != "".join(map(self._judge, _PARTS.findall(judged))):
            judged = _RESTLESS + judged
        if len(part) <= self.LONGEST:
            if len(self) >= self.MOST:
                self.clear()
            self[part] = judged
        return judged

    def _judge(self, part: str) -> str:
        return _escaped(part) if _SEPARATOR.match(part) else self._tokens.judge(part)


def _escaped(between: str) -> str:
    return _UNPRINTED.sub(
        lambda found: (
            between[found.start()] if _CONTINUED.match(between, found.start()) else escape(found[0])
        ),
        between,
    )


def escape(character: str) -> str:
    r"""A character that is not printed, as Python writes it: ``\x0a``, ``\u2028``."""
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def _shortened(text: str) -> str:
    """The beginning and the end, without the tokens that were cut."""
    part = LONGEST // 2 - 50
    begin, end = text[:part], text[-part:]
    begin = begin[: len(begin) - len(begin.rsplit(None, 1)[-1])] if not begin[-1:].isspace() else begin
    end = end[len(end.split(None, 1)[0]) :] if not end[:1].isspace() else end
    return f"{begin} [{len(text) - len(begin) - len(end)} characters] {end}"


def _closed(text: str, place: int) -> int:
    """Where the bracket that opens here is closed, or the text ends."""
    depth = 0
    for index in range(place, len(text)):
        if text[index] in "[{(":
            depth += 1
        elif text[index] in "]})":
            depth -= 1
            if not depth:
                return index + 1
    return len(text)


def _end_of_phone(text: str) -> int | None:
    reach = len(text) - len(text[1:].lstrip("0123456789"))
    digits = reach - 1
    while digits < _ENOUGH and (more := _MORE_DIGITS.match(text, reach)):
        if digits + len(more[1]) > 15:
            break
        digits, reach = digits + len(more[1]), more.end()
    return reach if digits >= 8 and is_phone(text[:reach]) else None


_EMPTY: Final = re.compile("").match("")
