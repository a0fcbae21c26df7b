"""URLs without what points to a person: the path without tokens, and of the query what the policy lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote, unquote_plus

from shopprivacy.analytics.addresses import NOTHING, Addresses
from shopprivacy.analytics.certain import decoded
from shopprivacy.analytics.random_text import has_unwordy

_BEFORE_TOKENS: Final = re.compile(
    r"(?:^|[-_])(?:token|reset|confirm|confirmation|activate|activation|verify|verification|unsubscribe|invite|invitation"
    r"|magic|recover|recovery|password|login|signin|auth|u"
    r"|wachtwoord|vergeten|herstel|herstellen|activeren|activatie|bevestig|bevestigen|bevestiging|afmelden|uitschrijven"
    r"|uitnodiging|inloggen"
    r"|passwort|vergessen|zuruecksetzen|zurücksetzen|aktivieren|aktivierung|bestaetigen|bestätigen|bestaetigung"
    r"|bestätigung|abmelden|einladung|anmelden"
    r"|passe|reinitialiser|réinitialiser|reinitialisation|réinitialisation|activer|confirmer|desinscription"
    r"|désinscription|desabonner|désabonner|connexion"
    r"|haslo|hasło|resetuj|aktywuj|aktywacja|potwierdz|potwierdź|potwierdzenie|wypisz|zaproszenie|logowanie"
    r")(?:[-_]|$)",
    re.IGNORECASE,
)
"""Segments of a path behind which a token stands, however short: ``/reset/MQ/c9k-…``."""
_HOW_FAR: Final = 2
_SHORTEST_TOKEN: Final = 6
_MOST_QUERIES: Final = 3
"""URLs within a parameter's URL; each is cleaned within the other."""
_THIS_MACHINE: Final = re.compile(r"127\.0\.0\.1(?::[0-9]{1,5})?")
_PORT: Final = re.compile(r"(?<=[0-9.\]]):[0-9]{1,5}\Z")
_DATABASE: Final = re.compile(
    r"\A((?!(?:https?|wss?|ftps?):)[A-Za-z][\w+.-]{0,40}://)[^/?#\s@:]*:(?![0-9]{1,5}[/?#])\S*@"
)
"""User and password before a database's host: clients of one take any sign for the password, where RFC 3986 §3.2.1
would end it at a slash.
"""
_PLAIN: Final = re.compile(r"[A-Za-z]{0,11}|[0-9]{0,20}")
"""Too short for an address of mail in base64, and a number like any other."""


_WORDS: Final = re.compile(r":?(?:(?:[^\W\dA-Z_]+[0-9]{0,2}|[0-9]+)?(?:[-_.]|\Z))*")
"""Words in lower case and numbers, such as pages, actions and orders have; what a framework calls ``:token``, too."""
_SOURCE: Final = re.compile(r"[\w.-]+\.(?:py|jsx?|mjs|tsx?|vue|java|php|cs|go|rb|html?|css|s[ac]ss|json|xml)")
"""A file of a program, whose folder is called ``auth`` or ``login``."""


def _is_word(segment: str) -> bool:
    return _WORDS.fullmatch(segment) is not None or (
        _SOURCE.fullmatch(segment) is not None and not has_unwordy(segment, _SHORTEST_TOKEN)
    )


class Urls:
    """Cleans URLs and parts of them.

    ``clean`` cleans any text; it judges what is decoded from a URL. ``query`` are the parameters that stay, and below
    the paths ``before_tokens`` stands a token.
    """

    def __init__(
        self,
        addresses: Addresses,
        query: frozenset[str],
        before_tokens: frozenset[str],
        clean: Callable[[str], str],
    ) -> None:
        self._addresses = addresses
        self._listed = query
        # In any case: a token that was typed in capitals works, too. Of two the longer one counts.
        written = sorted(map(re.escape, before_tokens), key=len, reverse=True)
        self._before_tokens = re.compile(rf"({'|'.join(written) or '(?!)'})[^/]+", re.ASCII | re.IGNORECASE)
        self._clean = clean

    def url(self, text: str) -> str:
        """A URL, or its path and query, without user, parameters of segments (RFC 3986 §3.3) and fragment."""
        text = _DATABASE.sub(r"\1", text)
        before, _, query = text.partition("#")[0].partition("?")
        scheme, has_authority, rest = before.rpartition("://")
        if not has_authority:
            return self.path(before) + self._question(query)
        authority, slash, path = rest.partition("/")
        host = authority.rpartition("@")[2].partition(";")[0]
        return f"{scheme}://{self._host(host)}{self.path(slash + path)}{self._question(query)}"

    def path(self, path: str) -> str:
        """A path with ``-`` for each segment that is, or holds, what points to a person."""
        ours = self._before_tokens.match(path)
        if ours is not None:
            return f"{ours[1]}{NOTHING}{self.path(path[ours.end() :])}"
        cleaned, expected = list[str](), 0
        for segment in path.split("/"):
            bare = segment.partition(";")[0]
            plain = decoded(bare) or bare
            if expected and len(plain) >= _SHORTEST_TOKEN and not _is_word(plain):
                cleaned.append(NOTHING)
            else:
                cleaned.append(bare if _PLAIN.fullmatch(bare) else self._segment(bare))
            expected = _HOW_FAR if _BEFORE_TOKENS.search(plain) else expected - 1 if expected else 0
        return "/".join(cleaned)

    def query(self, query: str) -> str:
        """The listed parameters that hold nothing to be cleaned; none where the query cannot be decoded."""
        kept = list[str]()
        for pair in query.split("&"):
            name, _, value = pair.partition("=")
            readings: tuple[str, ...] = (value,)
            if "%" in pair or "+" in pair:
                try:
                    name = unquote_plus(name, errors="strict")
                    # A plus is a blank to most, and a plus to some: both readings must be clean.
                    readings = (unquote_plus(value, errors="strict"), unquote(value, errors="strict"))
                except UnicodeDecodeError:
                    return ""
            if name in self._listed and all(map(self._is_clean, readings)) and "\\" not in value:
                kept.append(pair)
        return "&".join(kept)

    def _is_clean(self, value: str) -> bool:
        if _PLAIN.fullmatch(value):
            return True
        return value.count("?") <= _MOST_QUERIES and self._clean(value) == value

    def _question(self, query: str) -> str:
        kept = self.query(query) if query else ""
        return f"?{kept}" if kept else ""

    def _host(self, host: str) -> str:
        """The host, cut where it is an address; its port is the server's, and stays. This machine is nobody's."""
        if _THIS_MACHINE.fullmatch(host):
            return host
        cut = self._addresses.find(host)
        if cut is None:
            return self._segment(host)
        port = _PORT.search(host)
        return f"{cut}{port[0]}" if port and ":" not in cut else cut

    def _segment(self, segment: str) -> str:
        address = self._addresses.find(segment)
        if address is not None:
            return address
        plain = decoded(segment)
        if plain is None:
            return NOTHING
        return (
            segment if plain == self._clean(plain) else NOTHING if plain != segment else self._clean(segment)
        )
