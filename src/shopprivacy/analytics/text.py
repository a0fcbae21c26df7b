"""Text as it may stand in a log: what points to a person is ``-``, and what is not printed is escaped.

Text is split at separators, and each token is judged once and remembered: the work grows with the length of the text
and not with what stands in it. Names in free text cannot be recognised.
"""

from __future__ import annotations

import re
from typing import Final

from shopprivacy.analytics.addresses import NOTHING
from shopprivacy.analytics.context import Context
from shopprivacy.analytics.model import LogRules
from shopprivacy.analytics.printed import HIDDEN, OURS, escaped
from shopprivacy.analytics.tokens import OPEN, Tokens
from shopprivacy.analytics.user_agent import IN_TEXT, reduced

LONGEST: Final = 8192
"""Characters; longer text loses its middle."""

_BLANK: Final = r" \xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
# No category (\s) and nothing beyond the Basic Multilingual Plane: such sets are slow to search.
_MARKS: Final = r"*\xab\xbb\u2010-\u2027\u2030-\u205e\u2190-\u21ff"
"""Quotation marks, dashes, dots and arrows as typographers set them."""
_BETWEEN: Final = rf"\"'<>()\[\]{{}}|\\^`,;{_MARKS}{_BLANK}{HIDDEN}"
_TAIL: Final = rf"(?:\?|;(?=[A-Za-z_]\w*=))(?:[^\"<>\\{_BLANK}{HIDDEN}]|\\(?!{OURS})\"?)*+"
_PARTS: Final = re.compile(
    rf"[^{_BETWEEN}?]++(?:(?<=[^{_BETWEEN}]\w)(?<![=:][bru])'(?=\w)[^{_BETWEEN}?]++)*+(?:{_TAIL})?+"
    rf"|{_TAIL}|(?:\\{OURS}|[{_BETWEEN}])++"
)
"""A token, perhaps with an apostrophe in it, a URL with its query, up to the blank; and what stands between."""
_SEPARATOR: Final = re.compile(rf"[{_BETWEEN}]")

_AGENT_FIELD: Final = re.compile(
    r'(" [0-9]{3} \S+ "[^"\\]*+(?:\\.[^"\\]*+)*+" ")([^"\\]*+(?:\\.[^"\\]*+)*+)(?=")'
)
"""Status, size and referrer of a combined log, and then the user agent."""
_PHC: Final = re.compile(r"\$(?:argon2\w{0,2}|scrypt)\$[^\s\"']+")
"""Hashed passwords in the PHC string format, which has commas."""
_USER_FIELD: Final = re.compile(r"( - )(?!- )[^\s\[]+( \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:)")
"""Who logged in by HTTP, in a common log."""
_REVERSED: Final = re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){4}(?=in-addr\.arpa\b)", re.IGNORECASE)
"""RFC 1035 §3.5: an address's octets, from the last to the first."""
_HOST: Final = re.compile(
    r"(?<![A-Za-z0-9])(ip-?)([0-9]{1,3})([.-])([0-9]{1,3})\3([0-9]{1,3})\3([0-9]{1,3})(?![A-Za-z0-9])"
)
"""A host that a provider has named after its address."""
_RESTLESS: Final = f"{OPEN}\1"
"""Begins a judgement that is itself to be judged: the path that is left of a URL may be something else."""
_SETTLES: Final = 5


class Text:
    """Cleans text by the rules of a policy. One may be shared by threads."""

    def __init__(self, rules: LogRules | None = None) -> None:
        self.rules = rules or LogRules()
        self.tokens = Tokens(self.rules, self.clean)
        self._known = _Known(self.tokens)
        self._context = Context(self.tokens)

    def clean(self, text: str) -> str:
        """The text, cleaned, on one line, except for lines that begin as ``printed.PREFIX``. Twice is once."""
        if len(text) > LONGEST:
            text = _shortened(text)
        if "Mozilla/" in text or ("/" in text and (" (" in text or " CFNetwork/" in text)):
            text = IN_TEXT.sub(lambda found: reduced(found[0]), text)
        if '] "' in text:
            text = _USER_FIELD.sub(r"\1-\2", text)
        if '" "' in text:
            text = _AGENT_FIELD.sub(lambda found: found[1] + reduced(found[2]), text)
        if "arpa" in text.lower():
            text = _REVERSED.sub(f"{NOTHING}.", text)
        if "ip" in text:
            text = _HOST.sub(self._host, text)
        if "$" in text:
            text = _PHC.sub(NOTHING, text)
        cleaned = "".join(map(self._known.__getitem__, _PARTS.findall(text)))
        return self._settled(text, _SETTLES) if OPEN in cleaned else cleaned

    def _host(self, found: re.Match[str]) -> str:
        begin, first, mark, *others = found.groups()
        cut = self.tokens.truncated(".".join((first, *others)))
        return found[0] if cut is None else begin + cut.replace(".", mark)

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
                    judged, reach = self._context.followed(text, part[0], plain, place)
                    is_restless = is_restless or judged != part[0]
                    if reach != place:
                        cleaned.append(judged)
                        place, is_restless = reach, True
                        break
                cleaned.append(judged)
            else:
                return "".join(cleaned), is_restless


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
        return escaped(part) if _SEPARATOR.match(part) else self._tokens.judge(part)


def _shortened(text: str) -> str:
    """The beginning and the end, without the tokens that were cut."""
    part = LONGEST // 2 - 50
    begin, end = text[:part], text[-part:]
    begin = begin[: len(begin) - len(begin.rsplit(None, 1)[-1])] if not begin[-1:].isspace() else begin
    end = end[len(end.split(None, 1)[0]) :] if not end[:1].isspace() else end
    return f"{begin} [{len(text) - len(begin) - len(end)} characters] {end}"
