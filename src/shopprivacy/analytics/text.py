"""Text as it may stand in a log: what points to a person is ``-``, and what is not printed is escaped.

Text is split at separators, and each token is judged once and remembered: the work grows with the length of the text
and not with what stands in it. Names in free text cannot be recognised.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from shopprivacy.analytics.addresses import NOTHING
from shopprivacy.analytics.context import Context
from shopprivacy.analytics.hosts import without_marked
from shopprivacy.analytics.model import LogRules
from shopprivacy.analytics.plain import GROUPS, hints, joined, narrow, plainly, unhidden
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
    rf"[^{_BETWEEN}?]++(?:(?<=[^{_BETWEEN}]\w)(?<!\\x[0-9a-f]{{2}}\w)(?<!\\u[0-9a-f]{{4}}\w)(?<![=:][bru])"
    rf"'(?=\w)[^{_BETWEEN}?]++)*+(?:{_TAIL})?+"
    rf"|{_TAIL}|(?:\\{OURS}|[{_BETWEEN}])++"
)
"""A token, perhaps with an apostrophe in it, a URL with its query, up to the blank; and what stands between."""
_SEPARATOR: Final = re.compile(rf"[{_BETWEEN}]")
_WORD: Final = re.compile(r"[^ \n]+")

_AGENT_FIELD: Final = re.compile(
    r'(" [0-9]{3} \S+ "[^"\\]*+(?:\\.[^"\\]*+)*+" ")([^"\\]*+(?:\\.[^"\\]*+)*+)(?=")'
)
"""Status, size and referrer of a combined log, and then the user agent."""
_PHC: Final = re.compile(r"\$(?:argon2\w{0,2}|scrypt)\$[^\s\"']+")
"""Hashed passwords in the PHC string format, which has commas."""
_USER: Final = r"[^\s\[]+( \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}[: ])"
_USER_FIELD: Final = re.compile(rf"( - )(?!- ){_USER}")
"""Who logged in by HTTP, in a common log."""
_BEHIND_CLIENT: Final = re.compile(rf" - {_USER}")
_CLIENT: Final = re.compile(r"[^\s\"'<>(){}|,;=]+\Z")
_PORT: Final = re.compile(r"[^\s\"'<>(){}|,;=]+:[0-9]{1,5}\Z")
"""What stands before it; in uvicorn's log, before the request, with a port."""
_BEHIND: Final = re.compile(rf"{_BEHIND_CLIENT.pattern}| - \"[A-Z]{{3,16}} \S+ HTTP/")
_LONGEST_ADDRESS: Final = 64
"""Characters, with zone and port."""
_HINT: Final = "\2"
"""Begins the judgement of a word that may be part of what several words hide."""
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
        self._address = lru_cache(4096)(self.tokens.truncated)

    def clean(self, text: str) -> str:
        """The text, cleaned, on one line, except for lines that begin as ``printed.PREFIX``. Twice is once."""
        if len(text) > LONGEST:
            text = _shortened(text)
        return self._rewritten(text, _SETTLES)

    def _rewritten(self, text: str, left: int) -> str:
        """The text, cleaned as it reads; again where that has put an address of mail together."""
        whole = joined(text)
        plain = narrow(whole)
        cleaned = self._cleaned(whole)
        if plain != whole and (more := self._cleaned(joined(plain))) != narrow(cleaned):
            cleaned = more  # its digits were hiding something
        is_done = cleaned == text or (plain == text and joined(cleaned) == cleaned)
        return cleaned if is_done or not left else self._rewritten(cleaned, left - 1)

    def _cleaned(self, text: str) -> str:
        if "Mozilla/" in text or ("/" in text and (" (" in text or " CFNetwork/" in text)):
            text = IN_TEXT.sub(lambda found: reduced(found[0]), text)
        if '"' in text:
            text = self._without_client_and_agent(text)
        text = without_marked(text, self.tokens.truncated)
        if "$" in text:
            text = _PHC.sub(NOTHING, text)
        if "\n" not in text:  # what stands behind one says whether it stays
            cleaned = " ".join(map(self._known.__getitem__, text.split(" ")))
            if OPEN not in cleaned:
                return cleaned
            if _HINT not in cleaned:
                return self._settled(text, _SETTLES)
        return self._settled(unhidden(text), _SETTLES)

    def _without_client_and_agent(self, text: str) -> str:
        """The text of an access log with its client, user and agent cleaned; any other text as it is."""
        if (end := text.find(' - "')) > 0:
            text = self._without_client(text, end, _PORT)
        if '] "' in text and (found := _BEHIND_CLIENT.search(text)):
            text = self._without_client(text, found.start(), _CLIENT)
            if _USER_FIELD.search(text):  # seldom: to replace nothing takes five times as long
                text = _USER_FIELD.sub(r"\1-\2", text)
        return _AGENT_FIELD.sub(lambda found: found[1] + reduced(found[2]), text) if '" "' in text else text

    def _without_client(self, text: str, end: int, client: re.Pattern[str]) -> str:
        """The text without a client that is no address, which stands before ``end``: a proxy has said it."""
        word = text[text.rfind(" ", 0, end) + 1 : end]
        if len(word) <= _LONGEST_ADDRESS and self._address(word) is not None:
            return text
        found = client.search(word)
        if found is None or self.tokens.truncated(found[0]) is not None or not _BEHIND.match(text, end):
            return text
        return f"{text[: end - len(found[0])]}{NOTHING}{text[end:]}"

    def _settled(self, text: str, left: int) -> str:
        """The same where tokens hang on what stands behind them; again where that has put new ones together."""
        text = _WORD.sub(lambda found: plainly(found[0]), text)
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
                    plain = judged[1:].removeprefix(_HINT)
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
        parts = _PARTS.findall(part)
        if plainly(part) != part:
            judged = OPEN + part
        elif (len(part) in GROUPS or not part.isalnum()) and hints(part):
            judged = OPEN + _HINT + part
        elif len(parts) > 1:  # a word in brackets; in a context each of its parts is judged by itself
            judged = "".join(map(self.__getitem__, parts))
        else:
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
        is_between = _SEPARATOR.match(part) and not (part[0] == ";" and "=" in part)
        return escaped(part) if is_between else self._tokens.judge(part)


def _shortened(text: str) -> str:
    """The beginning and the end, without the tokens that were cut."""
    part = LONGEST // 2 - 50
    begin, end = text[:part], text[-part:]
    begin = begin[: len(begin) - len(begin.rsplit(None, 1)[-1])] if not begin[-1:].isspace() else begin
    end = end[len(end.split(None, 1)[0]) :] if not end[:1].isspace() else end
    return f"{begin} [{len(text) - len(begin) - len(end)} characters] {end}"
