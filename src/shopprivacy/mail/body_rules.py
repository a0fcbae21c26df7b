"""What a message may not have in it: marked marketing in a transactional one, and pictures that tell who opened it.

A template marks what is marketing, in text and in HTML alike:

    <!--marketing-->Twenty per cent off until Sunday<!--/marketing-->
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from shopprivacy.mail.draft import Body

_MARK: Final = re.compile(
    r"(?P<begin><!--\s*marketing\s*-->)|(?P<end><!--\s*/\s*marketing\s*-->)|</body\s*>", re.IGNORECASE
)

# No "<" in it, so that text of many beginnings is read once.
_PICTURE: Final = re.compile(
    r"<(?:amp-img|amp-pixel|img|image|input)(?=[\s/\"'])(?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*+>", re.IGNORECASE
)
_ATTRIBUTE: Final = re.compile(r"([^\s\"'/>=][^\s/>=]*)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]*))?")
"""As a browser reads one (HTML, 13.2.5.32 to 13.2.5.38)."""
_ELSEWHERE: Final = re.compile(r"(https?:)?[/\\]{2}", re.IGNORECASE)
_TINY: Final = re.compile(r"\s*\+?0*[01](?:\.\d*)?(?![\d.%])")
_HIDDEN: Final = re.compile(
    r"(?<![-\w])(?:(?:max-)?(?:width|height)\s*:\s*(?:0*(?:[01](?:\.\d+)?|\.\d+)(?:px|pt)?|0+(?:\.0+)?(?:[a-z]+|%))"
    r"|display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*(?:0+(?:\.0*)?|\.0+)%?)\s*(?:;|!|$)",
    re.IGNORECASE,
)


def has_marketing(body: Body) -> bool:
    """Whether a part of it is marked as marketing."""
    return any(found["begin"] for found in _MARK.finditer(body.text))


def without_marketing(body: Body) -> Body:
    """Return it without what is marked as marketing, and without marks that are left."""
    text, *behind = _outside(body.text)
    for more in behind:
        before, after = text.rstrip(), more.lstrip()
        # Cut by hand: a pattern with blanks around the block takes half a minute for 2,000 empty lines.
        has_lines = "\n" in text[len(before) :] and (not after or "\n" in more[: -len(after)])
        text = f"{before}\n\n{after}" if has_lines and body.kind == "plain" else text + more
    return _unmarked(body, text)


def _outside(text: str) -> list[str]:
    """Return what stands before, between and behind the blocks: a template may put one inside another.

    A block that ends nowhere goes on to the end of what is read: half a mark hides no advertising.
    """
    pieces: list[str] = []
    depth = begins = 0
    for found in _MARK.finditer(text):
        if found["begin"]:
            pieces += [] if depth else [text[begins : found.start()]]
            depth += 1
        elif depth:
            depth = depth - 1 if found["end"] else 0
            begins = found.end() if found["end"] else found.start()
    return [*pieces, "" if depth else text[begins:]]


def without_marks(body: Body) -> Body:
    """Return it without the marks alone, for a message all of which is marketing."""
    return _unmarked(body, body.text)


def _unmarked(body: Body, text: str) -> Body:
    return body._replace(text=_MARK.sub(lambda found: "" if found.lastgroup else found[0], text))


def has_pixel(body: Body) -> bool:
    """Whether it loads a picture that nobody sees from somewhere."""
    return body.kind == "html" and any(_is_pixel(found[0]) for found in _PICTURE.finditer(body.text))


def without_pixels(body: Body) -> Body:
    """Return it without such pictures."""
    if body.kind != "html":
        return body
    return body._replace(text=_PICTURE.sub(lambda found: "" if _is_pixel(found[0]) else found[0], body.text))


def _is_pixel(tag: str) -> bool:
    name, *_ = re.split(r"[\s/\"']", tag[1:].lower(), maxsplit=1)
    # The first of a name counts.
    known = {
        key.lower(): unescape(value.strip("\"'"))
        for key, value in _ATTRIBUTE.findall(tag[len(name) + 1 :])[::-1]
    }
    if name == "input" and known.get("type", "").lower() != "image":
        return False
    is_unseen = (
        name == "amp-pixel"
        or "hidden" in known
        or any(_TINY.match(known.get(side, "")) for side in ("width", "height"))
        or _HIDDEN.search(known.get("style", ""))
    )
    loaded = (re.sub(r"[\t\r\n]", "", known.get(key, "")).strip() for key in ("src", "srcset"))
    return bool(is_unseen) and any(map(_ELSEWHERE.match, loaded))
