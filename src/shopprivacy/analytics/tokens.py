"""One token of a text, judged once: what is certain goes, what only looks like it stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import Final

from shopprivacy.analytics import names
from shopprivacy.analytics.addresses import NOTHING, Addresses
from shopprivacy.analytics.certain import (
    ABROAD,
    HEX,
    JWT,
    SHORTEST_IBAN,
    UUID,
    decoded,
    has_base64_email,
    has_email,
    is_card,
    is_dialled,
    is_glued,
    is_grouped_card,
    is_hashed_password,
    is_iban,
    is_key,
    is_national,
    is_phone,
)
from shopprivacy.analytics.hosts import without_addresses
from shopprivacy.analytics.model import LogRules
from shopprivacy.analytics.random_text import SHORTEST, has_unwordy, is_random
from shopprivacy.analytics.urls import Urls
from shopprivacy.personal_names import endings, is_asked, is_personal, is_secret
from shopprivacy.personal_names import is_card as is_card_name
from shopprivacy.personal_names import is_national as is_national_name
from shopprivacy.personal_names import is_phone as is_phone_name

OPEN: Final = "\0"
"""Begins the judgement of a token which hangs on what stands behind it; text that is cleaned has no such character."""

_SIMPLE: Final = re.compile(r"([\w-]{1,31})[.,:!?]{0,3}")
_NAME: Final = r"-{0,2}(?:[^\W\d]|\$)[\w$.-]{0,63}"
NAMED: Final = re.compile(rf"({_NAME})(==?|=>|:(?!//))(.*)", re.DOTALL)
"""A name, a sign and a value."""
_NESTED: Final = re.compile(rf"(?:{_NAME}(?:==?|=>|:(?!//))){{20}}")
"""Names within names, deeper than anyone writes them: the rest is not judged."""
_PRODUCT: Final = re.compile(r"(?=[A-Z]\w*[a-z])[\w-]{1,41}/v?[0-9][\w.+-]{0,30}")
"""RFC 9110 §10.1.5: four numbers behind a product's name are its version."""
_UNFINISHED: Final = re.compile(
    rf"\+[0-9]{{1,7}}|{ABROAD}|"
    r"[A-Za-z]{2}[0-9]{2}|(?:222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720|[3-6][0-9]{3})"
)
"""Perhaps the beginning of a telephone number, an IBAN or a card number in groups."""
_LAST_VALUE: Final = re.compile(r"[/=:]")
_VERSION: Final = re.compile(r"v?[0-9]+(?:\.[0-9]+){1,4}")
_LONG_NAME: Final = 10
"""Characters; a longer one may be a token itself."""
_AROUND: Final = "~:=#&_$@%?!.,-"
"""Marks that may stand close to a value."""
_FURTHER_AROUND: Final = f"{_AROUND}+*|;/()[]{{}}"
"""Those that begin something else, too, and brackets behind a question mark."""
_HOST_PORT: Final = re.compile(r"[\w.-]*:[0-9]{1,5}|unix:.*")
_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4_WITHIN: Final = re.compile(
    r"(?<![0-9])(?<![0-9]\.)(?:(?<![A-Za-z.])(?=[0-9.]++(?![A-Za-z]))|(?<!\b[vV])(?=[0-9.]{0,12}[0-9]{3}))"
    rf"(?:{_OCTET}\.){{3}}{_OCTET}(?![0-9]|\.[0-9]|\.(?:tar|zip|whl|deb|rpm|jar|js|css|map|exe)\b)"
)
"""Four numbers that are no version of a package's file. Close to letters, or behind a dot, one has three digits."""
_IPV6_WITHIN: Final = re.compile(r"(?<![0-9:.])[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){3,8}(?![0-9:.])")
_IPV6_GROUP: Final = re.compile(r"[0-9A-Fa-f]{0,4}")
_PHONE_WITHIN: Final = re.compile(r"(?<![0-9+])\+(?!20)[1-9][0-9]{9,14}(?![0-9])")
"""Close to letters; what begins with 20 is a date in a version (``1.0-beta+20261130``)."""
_QUERY: Final = re.compile(r"[\w.%+-]{1,64}=[^&\s]*(?:&[\w.%+-]{1,64}=[^&\s]*)+&?")


class Tokens:
    """Judges tokens. ``clean`` cleans any text; it judges what is decoded from one."""

    def __init__(self, rules: LogRules, clean: Callable[[str], str]) -> None:
        self._addresses = Addresses(rules.ipv4, rules.ipv6)
        self._rules = rules
        self._clean = clean
        self.urls = Urls(self._addresses, rules.query, rules.before_tokens, clean)

    def judge(self, token: str) -> str:
        """The token, cleaned; with :data:`OPEN` before it where what stands behind it must be looked at."""
        simple = _SIMPLE.fullmatch(token)
        if simple is not None:  # most are
            return self._simple(token, simple[1])
        address = self._addresses.find(token)
        if address is not None:
            return address
        core = token.rstrip(".,!'")
        tail = token[len(core) :]
        if not core or self._stays(core):
            return token
        judged = self._core(core)
        return judged + tail

    def _simple(self, token: str, core: str) -> str:
        """The same for a token of letters, digits, hyphens and underscores, with a mark behind it at most."""
        length = len(core)
        if 4 <= length <= 6 and _UNFINISHED.fullmatch(core.strip("-_")):
            return OPEN + token
        if core.isdigit():
            return token
        if names.is_context(core) or names.is_named(core):
            return OPEN + token
        if length >= 11 and not self._is_kept(core):
            around, core = core, core.strip("-_")
            certain = core and (
                (core[2:4].isdigit() and is_iban(core))
                or (core[0].isdigit() and (is_grouped_card(core) or is_phone(core)))
                or (length >= SHORTEST_IBAN and ("-" in core or not core.islower()) and is_glued(core))
                or has_base64_email(core)
                or is_key(core)
            )
            if certain:
                return around.replace(core, NOTHING, 1) + token[length:]
        return token

    def _stays(self, core: str) -> bool:
        keep = self._rules.keep
        if ("uuid" in keep and UUID.fullmatch(core)) or ("hex" in keep and HEX.fullmatch(core)):
            return True
        return self._is_kept(core)

    def _is_kept(self, core: str) -> bool:
        patterns = self._rules.patterns
        return bool(patterns) and any(pattern.fullmatch(core) for pattern in patterns)

    def _core(self, core: str) -> str:
        if (address := self._addresses.find(core)) is not None:
            return address
        core = without_addresses(core)
        if core.count(":") > 2:
            core = _IPV6_WITHIN.sub(self._cut, self._without_groups(core))
        bare = core.strip(_AROUND)
        for inner in dict.fromkeys((bare, core.strip(_FURTHER_AROUND))):
            if inner and inner != core:
                found = self._addresses.find(inner) or (NOTHING if self._is_certain(inner) else None)
                if found is not None:
                    return core.replace(inner, found, 1)
        if _UNFINISHED.fullmatch(bare):
            return OPEN + core
        if self._is_certain(core):
            return NOTHING
        if "&" in core and _QUERY.fullmatch(core):
            return self.urls.query(core) or NOTHING
        named = NAMED.fullmatch(core)
        if named is not None and named[3].strip("="):
            return self._named(core, *named.groups())
        if named is not None and (names.is_named(named[1]) or names.is_context(named[1])):
            return OPEN + core
        if "://" in core or core.startswith("/") or _has_query(core):
            cleaned = self.urls.url(core)
            is_open = _is_unfinished(cleaned) or _is_unfinished(core) or _ends_in_name(core)
            return OPEN + cleaned if is_open else cleaned
        return self._rest(core)

    def _rest(self, core: str) -> str:
        if "+" in core:
            core = _PHONE_WITHIN.sub(NOTHING, core)
            if (judged := "+".join(map(self._piece, core.split("+")))) != core:  # blanks of a form
                return judged
        if "." in core and not _PRODUCT.fullmatch(core):
            core = _IPV4_WITHIN.sub(self._cut, core)
        if len(core) >= 12 and has_base64_email(core):
            return NOTHING
        if ":" in core and is_random(core.replace(":", "-")):  # value:time:signature, as Django signs
            return ":".join(
                NOTHING if has_unwordy(piece, 1) else self._piece(piece) for piece in core.split(":")
            )
        if "%" in core and "=" in core:
            name, _, value = core.partition("=")
            plain = decoded(name)
            if plain and plain != name and self.is_out(plain.rstrip("]").rpartition("[")[2], value):
                return f"{name}={NOTHING}"  # of a form, as PHP and Rails name its fields
        for separator in "&;:#=":
            bare = core.strip(separator)
            if separator in (core if separator in "&;#" and bare else bare):
                return self._pieces(core, separator)
        if "%" in core:
            plain = decoded(core)
            if plain is None or (plain != core and self._clean(plain) != plain):
                return NOTHING
        if _PRODUCT.fullmatch(core):
            return OPEN + core if _UNFINISHED.fullmatch(core.rpartition("/")[2]) else core
        if not self._rules.keep >= {"uuid", "hex"} and (UUID.fullmatch(core) or HEX.fullmatch(core)):
            return NOTHING
        if len(core) >= SHORTEST and (is_random(core) or is_random(core.strip(_AROUND))):
            return NOTHING
        if "/" in core and core.strip("/"):
            return self._pieces(core, "/")
        return OPEN + core if names.is_named(core) else core

    def _named(self, core: str, name: str, sign: str, value: str) -> str:
        is_answer = is_asked(name) if sign == ":" else is_personal(name)
        if is_secret(name) or (is_answer and not self.is_network(value)):
            return f"{OPEN}{name}{sign}{NOTHING}"  # it may go on: a header, a call, groups of digits
        if names.is_agent_in_text(name):
            return OPEN + core
        if names.is_number(name):
            judged = NOTHING if self.is_number(name, value) else self.judge(value)
            return f"{OPEN}{name}{sign}{judged.removeprefix(OPEN)}"
        if not names.VERSIONS.isdisjoint(endings(name)) and _VERSION.fullmatch(value):
            return core
        if names.is_query(name) and value == "b":  # bytes in quotes
            return OPEN + core
        if names.is_query(name) and "=" in value:
            return f"{name}{sign}{self.urls.query(value.lstrip('?')) or NOTHING}"
        if has_email(core):
            # What stands before it may be part of it: jan:jansen@example.nl.
            return f"{name}{sign}{NOTHING}"
        if _NESTED.match(core):
            return f"{name}{sign}{NOTHING}"
        judged = self.judge(value)
        if judged.startswith(OPEN):
            return OPEN + core
        return f"{self._piece(name) if len(name) > _LONG_NAME else name}{sign}{judged}"

    def is_number(self, name: str, value: str) -> bool:
        """Whether behind this name, which says what it is, the number is one of its kind."""
        return (
            (is_card_name(name) and is_card(value))
            or (is_national_name(name) and is_national(value))
            or (is_phone_name(name) and is_dialled(value))
        )

    def is_out(self, name: str, value: object) -> bool:
        """Whether the value under this key of a mapping is in no log."""
        is_network = isinstance(value, str) and self.is_network(value)
        return is_secret(name) or (is_personal(name) and not is_network)

    def is_network(self, value: str) -> bool:
        """Whether this is where something listens: an address of the network, or a host with its port."""
        return self._addresses.find(value) is not None or _HOST_PORT.fullmatch(value) is not None

    def cleaned(self, text: str) -> str:
        """Any text, cleaned."""
        return self._clean(text)

    def truncated(self, address: str) -> str | None:
        """The address, cut; None where it is none."""
        return self._addresses.find(address)

    def _cut(self, found: re.Match[str]) -> str:
        """An address within a token: in keys of a cache, in names of files."""
        return self._addresses.find(found[0]) or found[0]

    def _without_groups(self, core: str) -> str:
        """The token with an IPv6 address cut that stands between colons: in keys of a cache."""
        runs = groupby(core.split(":"), lambda piece: _IPV6_GROUP.fullmatch(piece) is not None)
        written = [":".join(run) for _, run in runs]
        return ":".join(run if run.count(":") < 2 else self._addresses.find(run) or run for run in written)

    def _pieces(self, core: str, separator: str) -> str:
        pieces = core.split(separator)
        judged = separator.join(map(self._piece, pieces))
        return OPEN + judged if _is_unfinished(pieces[-1]) else judged

    def _piece(self, piece: str) -> str:
        judged = self.judge(piece) if piece else piece
        return judged.removeprefix(OPEN)

    def _is_certain(self, core: str) -> bool:
        first = core[0]
        if is_hashed_password(core) or (first == "e" and JWT.fullmatch(core)) or is_key(core):
            return True
        if "@" in core and "/" not in core and ":" not in core and "=" not in core and "&" not in core:
            return has_email(core)
        if first == "+" and is_phone(core):
            return True
        if first.isdigit():
            return is_grouped_card(core) or is_phone(core)
        return is_iban(core)


def _is_unfinished(core: str) -> bool:
    """Whether the last value in a token is perhaps the first group of a number."""
    return _UNFINISHED.fullmatch(_LAST_VALUE.split(core)[-1]) is not None


def _ends_in_name(core: str) -> bool:
    """Whether a path ends in a name and a sign, so that its value stands behind a blank in it."""
    name = core.rstrip("=:").rpartition("/")[2]
    return core[-1] in "=:" and bool(name) and names.is_named(name)


def _has_query(core: str) -> bool:
    _, _, after = core.partition("?")
    return "=" in after
