"""How a shop's own pages go around the library's: a layout, and what it may load."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from markupsafe import Markup

from shopprivacy.errors import PageError

Layout = Callable[[Markup, str, str], str]
"""Takes the content of a page, which is HTML, its title, which is text, and its language; returns the whole document.

It is called for a page that the application never sees, so there is no request of the application's in it.
"""

# Nothing may be loaded but our style sheet, posted but to us, or framed but by us: a page in a hidden frame would
# let another site press its buttons.
_OWN = "default-src 'none'; style-src 'self'"
# A shop's layout has a style sheet, fonts and pictures, and perhaps a script that opens its menu: its own, from its own
# hosts. What its style sheet draws may stand in it (data:). Nobody else's, and nothing inline.
_SHOPS = "default-src 'none'; style-src {from_}; font-src {from_}; img-src {from_} data:; script-src 'self'"
_ALWAYS = "; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
_ORIGIN = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?", re.ASCII)


class Look:
    """A shop's layout, and the origins of its own that it loads from besides the shop's: ``https://static.shop.example``.

    Raises PageError for an origin that is none. Without a layout, pages have the library's.
    """

    def __init__(self, layout: Layout | None = None, assets: Iterable[str] = ()) -> None:
        self.layout = layout
        self.assets = tuple(assets)
        wrong = [origin for origin in self.assets if not _ORIGIN.fullmatch(origin)]
        if wrong:
            raise PageError(
                [
                    f'assets: "{origin}" is not the address of a host alone; write it as https://static.shop.example'
                    for origin in wrong
                ]
            )

    def is_like(self, other: Look) -> bool:
        """Whether another one makes the same of every page."""
        return self.layout == other.layout and self.assets == other.assets

    @property
    def content_security_policy(self) -> str:
        """What browsers may load into a page (Content Security Policy Level 3)."""
        if self.layout is None:
            return _OWN + _ALWAYS
        return _SHOPS.format(from_=" ".join(["'self'", *self.assets])) + _ALWAYS
