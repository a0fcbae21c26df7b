"""Tokens that hang on what stands behind them: names of secrets, words that say what a number is, groups of digits."""

from __future__ import annotations

import re
from typing import Final

from shopprivacy.analytics import names
from shopprivacy.analytics.addresses import NOTHING
from shopprivacy.analytics.certain import is_grouped_card, is_iban, is_phone
from shopprivacy.analytics.printed import HIDDEN, OURS, escaped
from shopprivacy.analytics.random_text import has_unwordy, is_token
from shopprivacy.analytics.tokens import NAMED, Tokens
from shopprivacy.analytics.user_agent import WRITTEN_IN_TEXT, reduced
from shopprivacy.personal_names import is_asked, is_code, is_password, is_personal, is_secret

_STRING: Final = r"""b?"[^"\\]*+(?:\\.[^"\\]*+)*+"?|b?'[^'\\]*+(?:\\.[^'\\]*+)*+'?"""
_SIGN: Final = re.compile(
    r"""(?:\\{0,15}["'`\]]){0,2}\s{0,64}+(?:=>|->|:=|==?|:)\s{0,64}+"""
    r"""|["'],\s{0,2}(?=b?["'])|["'](?:\r\n|\\r\\n|\\x0d\\x0a){1,3}"""
)
"""What joins a name and its value: in an assignment, a mapping, a pair, a form of several parts (RFC 7578)."""
_BEGIN: Final = re.compile(r">?[ \t]{0,64}+(?:<(?=[^<>\s]+>))?")
"""What stands between a sign and its value: blanks, as in columns, and a bracket."""
_ESCAPED: Final = re.compile(r"""(\\{1,15}["'])(?:(?!(?<!\\)\1).)*+(?:\1)?""", re.DOTALL)
"""A string within a string, as in JSON that stands in JSON."""
_OPTION: Final = re.compile(rf"(\s+)(?!-)(?:{_STRING}|[^\s\"'\\{HIDDEN}]+)")
"""The value of an option of a command line; another option is none."""
_ATTRIBUTES: Final = re.compile(r"""(?:\s{1,8}[\w:.-]{1,64}=(?:"[^"<>]*"|'[^'<>]*')){1,8}+(?=\s?>)""")
"""Attributes of an element of XML."""
_ELEMENT: Final = re.compile(
    rf"\s?>(?!\s)(?:<!\[CDATA\[(?:(?!\]\]>)[^\\{HIDDEN}])*+(?:\]\]>)?|(?:[^<>\\{HIDDEN}]|\\(?!{OURS}))+)"
)
"""The same in XML, with the value."""
_LOOSE: Final = re.compile(
    rf"""(\s(?:(?:is|id|was|no|nr|code|value)\s)?)(["']?)([^\s"'<>()\[\]{{}},;=\\{HIDDEN}]{{3,256}})(\2)"""
)
"""What stands behind a name without a sign. It may be a word like any other."""
_VALUE: Final = re.compile(
    rf"""{_STRING}|(?:(?:basic|bearer|digest|token) +)?(?:[^\s"'<>&;,)\]}}\\{HIDDEN}]|\\(?!{OURS}))+""",
    re.IGNORECASE,
)
_ANSWER: Final = re.compile(
    rf"""(?:(?! {{1,2}}[^\W\d][\w.-]{{0,63}}[=:])[^"'<>()\[\]{{}}|,;\\{HIDDEN}]|\\(?!{OURS})|,(?= [0-9]))+"""
)
"""What somebody has answered, without quotes: as many words as there are up to a mark, or another name.

A postcode goes with its street."""
_PLACE: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Z]).*", re.DOTALL)
"""A street and a house, and not what became of a mail."""
_QUOTED: Final = re.compile(r"""\s{0,2}b?["'][?]?([^"'?]*=[^"']*)""")
_LINE: Final = re.compile(rf"""{_STRING}|(?:[^"'\\{HIDDEN}]|\\(?!{OURS})|(?<==)"[^"\\{HIDDEN}]*+")+""")
_LITERAL: Final = re.compile(_STRING)
_SETTING: Final = re.compile(r" (?=[^\s,;]*[^A-Za-z\s,;])[^\s,;]{4,}(?=\s*(?:\Z|[,;\n]))")
"""One word that is not of letters alone, where a logger would write several."""
_AGENT: Final = re.compile(
    rf"""[^\s"'<>,;)\]}}\\{HIDDEN}]+(?: (?:\([^()\\{HIDDEN}]*\)|\[[^\[\]\\{HIDDEN}]*\]|[A-Za-z][\w.+-]*/[\w.+-]+))*"""
)
"""A user agent without quotes: products and comments (RFC 9110 §10.1.5)."""
_CREDENTIALS: Final = re.compile(r"(\s+)((?=[A-Za-z._~+/-]*[0-9=A-Z])[A-Za-z0-9._~+/=-]{8,})")
_NUMBER: Final = re.compile(
    r"(?:\s|[:=#.'\"{>\\]|is|nr|no|nummer|number){0,12}+"
    r"([0-9]{8,19}(?![0-9])|\(?\+?[0-9]{1,6}(?:[ ()./-]{1,3}[0-9]{1,9}){1,7})(?![0-9A-Za-z])"
)
_DOTTED: Final = re.compile(r"\s+v?[0-9]+(?:\.[0-9]+){3}(?![0-9.:])")
_GROUPS: Final = re.compile(r"(?:[ -]?[A-Za-z0-9]{1,6}){1,10}")
_LAST_PIECE: Final = re.compile(r"\+?[A-Za-z0-9]*\Z")
_WIDEST: Final = 80
"""Characters of the longest groups."""
_MORE_DIGITS: Final = re.compile(
    r"[ ().-]{1,2}([0-9]{1,9})(?![0-9A-Za-z])(?:(?<=[0-9]{5})|(?!:[0-5][0-9](?![0-9])|/[0-9]))"
)
"""A group that is no hour and no day; a port may stand behind it, where a server takes the number for an address."""
_ENOUGH: Final = 11
"""Digits of most telephone numbers with their country's."""
_BLANKS: Final = dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
"""Blanks that typographers set between groups of digits, so that a line does not break there."""
_EMPTY: Final = re.compile("").match("")


class Context:
    """Judges by what stands behind a token; ``followed`` is told the text, the token, and what is left of it alone."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def followed(self, text: str, token: str, plain: str, end: int) -> tuple[str, int]:
        """What is written for a token and what hangs on it, and where the text goes on."""
        named = NAMED.fullmatch(token)
        if named is not None and named[3].strip("="):
            name, sign, value = named.groups()
            if names.is_agent_in_text(name):
                return self._agent(text, f"{name}{sign}", end - len(value))
            if plain == f"{name}{sign}{NOTHING}" and not names.is_number(name):
                return plain, self._rest(text, name, value, end)
            if names.is_number(name):
                found = self._number(text, name, end - len(value))
                return (f"{name}{sign}{NOTHING}", found[1]) if found and found[1] > end else (plain, end)
        begun = token.rpartition("=" if "=" in token.rstrip("=:") else ":")[2]
        if token[-1] in "=:.,!?" or not begun:
            begun = token.rstrip("=:.,!?>")
        begun = begun.rpartition("/")[2]
        lower = begun.lower()
        if lower in names.SCHEMES and (credentials := _CREDENTIALS.match(text, end)):
            return f"{plain}{credentials[1]}{NOTHING}", credentials.end()
        if lower in names.VERSIONS and (version := _DOTTED.match(text, end)):
            return plain + version[0], version.end()
        if names.is_agent_in_text(begun):
            return _behind(plain, token, self._agent(text, token, end))
        if begun and names.is_number(begun):
            number = self._number(text, begun, end)
            return (f"{plain}{text[end : number[0]]}{NOTHING}", number[1]) if number else (plain, end)
        is_logger = token[-1] == ":" and "." in begun and text[end : end + 1] == " "
        if is_logger and not (is_password(begun) and _SETTING.match(text, end)):
            return plain, end
        if is_secret(begun) or is_personal(begun):
            return _behind(plain, token, self._secret(text, begun, token, end))
        if names.is_query(begun):
            return _behind(plain, token, self._query(text, token, end))
        last = _LAST_PIECE.search(token)
        begun = last[0] if last else ""
        reach = self._groups(begun + text[end : end + _WIDEST]) if begun else None
        if reach is None:
            return plain, end
        if plain.endswith(begun):
            plain = plain[: len(plain) - len(begun)] + NOTHING  # else it is gone with the query
        return plain, end + reach - len(begun)

    def _secret(self, text: str, name: str, token: str, end: int) -> tuple[str, int]:
        sign = _EMPTY if token[-1] in "=:>" else _SIGN.match(text, end)
        if sign is None:
            return self._without_sign(text, name, token, end)
        place = end if sign is _EMPTY else sign.end()
        between = "" if sign is _EMPTY else sign[0]
        begin = _end_of(_BEGIN, text, place)
        between, place = between + text[place:begin], begin
        if not is_secret(name) and not self._is_answer(text, name, token + between, place):
            return token, end
        between = escaped(between)
        first = text[place : place + 1]
        if within := _ESCAPED.match(text, place):
            return f"{token}{between}{within[1]}{NOTHING}{within[1]}", within.end()
        if first and first in "[{(":
            return f'{token}{between}"{NOTHING}"', _closed(text, place)
        is_answer = not is_secret(name) and (token + between).rstrip(" ")[-1] == ":"
        is_line = names.takes_line(name)
        value = (_ANSWER if is_answer and first not in "\"'" else _LINE if is_line else _VALUE).match(
            text, place
        )
        if value is None:
            return token, end
        bare = value[0].removeprefix("b") if value[0][:2] in {"b'", 'b"'} else value[0]
        quote = bare[0] if bare[0] in "\"'" else '"' if between.startswith('"') else ""
        reach = value.end() if quote == bare[0] else self._rest(text, name, bare, value.end())
        return f"{token}{between}{value[0][: len(value[0]) - len(bare)]}{quote}{NOTHING}{quote}", reach

    def _agent(self, text: str, before: str, end: int) -> tuple[str, int]:
        sign = _EMPTY if before[-1] in "=:>" else _SIGN.match(text, end)
        if sign is None:
            return before, end
        place = end if sign is _EMPTY else sign.end()
        blank = len(text[place : place + 2]) - len(text[place : place + 2].lstrip(" "))
        between = escaped(text[end : place + blank])
        place += blank
        if text[place : place + 1] in {"[", "{", "("} and sign is not _EMPTY:
            return f'{before}{between}"{NOTHING}"', _closed(text, place)
        written = WRITTEN_IN_TEXT.match(text, place)
        if written is not None:
            return f"{before}{between}{written[0]}", written.end()
        literal = _LITERAL.match(text, place)
        if literal is not None:
            quoted = literal[0]
            begin = quoted[: 2 if quoted[0] == "b" else 1]
            close = begin[-1] if len(quoted) > len(begin) and quoted[-1] == begin[-1] else ""
            inner = quoted[len(begin) : len(quoted) - len(close)]
            return f"{before}{between}{begin}{reduced(inner)}{close}", literal.end()
        value = (_LINE if before[-1] == ":" and "-" in before else _AGENT).match(text, place)
        if value is None:
            return before, end
        return f"{before}{between}{reduced(value[0])}", value.end()

    def _is_answer(self, text: str, name: str, before: str, place: int) -> bool:
        """Whether what stands here is surely what somebody has answered in a form, and not a word behind a word."""
        value = _VALUE.match(text, place)
        if value is None or self._tokens.is_network(value[0].strip("\"'")):
            return False
        sign = before.rstrip("=:> ")
        if before[-1] == "=" or value[0][-1] in "\"'" or sign[-1] in "\"'":
            return True
        answer = _ANSWER.match(text, place)
        return answer is not None and (is_asked(name) or _PLACE.fullmatch(answer[0]) is not None)

    def _without_sign(self, text: str, name: str, token: str, end: int) -> tuple[str, int]:
        before = text[max(0, end - len(token) - 1) : end - len(token)]
        if before in {"<", ":"} or token.startswith("<"):
            reach = _end_of(_ATTRIBUTES, text, end)
            element = _ELEMENT.match(text, reach)
            if element is not None:
                return f"{token}{self._tokens.cleaned(text[end:reach])}>{NOTHING}", element.end()
        option = _OPTION.match(text, end) if token.startswith("--") and is_secret(name) else None
        if option is not None:
            return f"{token}{escaped(option[1])}{NOTHING}", option.end()
        loose = _LOOSE.match(text, end) if is_secret(name) else None
        if loose is None:
            return token, end
        value = loose[3].rstrip(".:!?")
        is_mixed = not value.isalpha() and not value.isdigit()
        is_out = (
            (is_code(name) and value.isdigit() and len(value) <= 8)
            or (is_password(name) and is_mixed and value.isalnum() and len(value) >= 6)
            or (is_mixed and has_unwordy(value, 8))
            or is_token(value)
        )
        if not is_out:
            return token, end
        return f"{token}{escaped(loose[1])}{loose[2]}{NOTHING}{loose[3][len(value) :]}{loose[4]}", loose.end()

    def _rest(self, text: str, name: str, value: str, end: int) -> int:
        """Where a value ends that has begun with ``value``: a header's, a call's, a literal's, or an IBAN in groups."""
        behind = text[end : end + 1]
        if names.takes_line(name):
            more = _LINE.match(text, end) if behind in {" ", ";", '"'} else None
            return more.end() if more else end
        if behind == "(":
            return _closed(text, end)
        if value[-1] == "(":
            return _closed(text, end - 1)
        if value in {"b", "u", "r"} and (literal := _LITERAL.match(text, end)):
            return literal.end()
        reach = self._groups(value + text[end : end + _WIDEST]) if len(value) == 4 else None
        return end if reach is None else end + reach - len(value)

    def _number(self, text: str, name: str, end: int) -> tuple[int, int] | None:
        """Where the number begins and ends that stands behind a name which says what it is."""
        found = _NUMBER.match(text, end)
        if found is None:
            return None
        number = found[1]
        while not self._tokens.is_number(name, number):
            shorter = max(map(number.rfind, " ./-"))
            if shorter <= 0:
                return None
            number = number[:shorter]
        return found.start(1), found.start(1) + len(number)

    def _query(self, text: str, token: str, end: int) -> tuple[str, int]:
        sign = _EMPTY if token[-1] in "=:>b" else _SIGN.match(text, end)
        value = None if sign is None else _QUOTED.match(text, max(end, sign.end()))
        if value is None:
            return token, end
        return token + text[end : value.start(1)] + self._tokens.urls.query(value[1]), value.end()

    def _groups(self, text: str) -> int | None:
        """Where a telephone number, an IBAN or a card number in groups ends with which the text begins."""
        text = text.translate(_BLANKS)
        if text.startswith(("+", "00")):
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


def _behind(plain: str, token: str, followed: tuple[str, int]) -> tuple[str, int]:
    """What follows a token, behind what is left of the token itself."""
    written, place = followed
    return plain + written[len(token) :], place


def _end_of(pattern: re.Pattern[str], text: str, place: int) -> int:
    """Where what is written so ends, if it stands here."""
    found = pattern.match(text, place)
    return found.end() if found else place


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
    before = 1 if text[0] == "+" else 2
    reach = len(text) - len(text[before:].lstrip("0123456789"))
    digits = reach - before
    while digits < _ENOUGH and (more := _MORE_DIGITS.match(text, reach)):
        if digits + len(more[1]) > 15:
            break
        digits, reach = digits + len(more[1]), more.end()
    return reach if digits >= 8 and is_phone(text[:reach]) else None
