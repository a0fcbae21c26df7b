"""What a message may not have in it: marked marketing in a transactional one, and pictures that tell who opened it.

A template marks what is marketing, in text and in HTML alike:

    <!--marketing-->Twenty per cent off until Sunday<!--/marketing-->
"""

from __future__ import annotations

import re
from typing import Final

from shopprivacy.mail.draft import Body

_BEGIN: Final = r"<!--\s*marketing\s*-->"
_END: Final = r"<!--\s*/\s*marketing\s*-->"
# A block that ends nowhere goes on to the end of what is read: half a mark hides no advertising.
_BLOCK: Final = re.compile(rf"{_BEGIN}.*?(?:{_END}|(?=</body\s*>)|\Z)", re.IGNORECASE | re.DOTALL)
_MARK: Final = re.compile(rf"{_BEGIN}|{_END}", re.IGNORECASE)

# No "<" in it, so that text of many beginnings is read once.
_PICTURE: Final = re.compile(r"<(?:amp-)?(?:img|pixel)\b(?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*+>", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(r"\ssrc\s*=\s*[\"']?\s*(https?:)?//", re.IGNORECASE)
_SMALL: Final = re.compile(r"\s(width|height)\s*=\s*[\"']?\s*[01](px)?\s*[\"'\s/>]", re.IGNORECASE)
_HIDDEN: Final = re.compile(
    r"\sstyle\s*=\s*([\"'])(?:(?!\1).)*?"
    r"((?<![-\w])(max-)?(width|height)\s*:\s*[01](px)?\s*(;|!|\1)|display\s*:\s*none|visibility\s*:\s*hidden"
    r"|opacity\s*:\s*0\s*(;|!|\1))",
    re.IGNORECASE | re.DOTALL,
)


def has_marketing(body: Body) -> bool:
    """Whether a part of it is marked as marketing."""
    return _BLOCK.search(body.text) is not None


def without_marketing(body: Body) -> Body:
    """Return it without what is marked as marketing, and without marks that are left."""
    text, *behind = _BLOCK.split(body.text)
    for more in behind:
        before, after = text.rstrip(), more.lstrip()
        # Cut by hand: a pattern with blanks around the block takes half a minute for 2,000 empty lines.
        has_lines = "\n" in text[len(before) :] and (not after or "\n" in more[: -len(after)])
        text = f"{before}\n\n{after}" if has_lines and body.kind == "plain" else text + more
    return _unmarked(body, text)


def without_marks(body: Body) -> Body:
    """Return it without the marks alone, for a message all of which is marketing."""
    return _unmarked(body, body.text)


def _unmarked(body: Body, text: str) -> Body:
    return body._replace(text=_MARK.sub("", text))


def has_pixel(body: Body) -> bool:
    """Whether it loads a picture that nobody sees from somewhere."""
    return body.kind == "html" and any(_is_pixel(found[0]) for found in _PICTURE.finditer(body.text))


def without_pixels(body: Body) -> Body:
    """Return it without such pictures."""
    if body.kind != "html":
        return body
    return body._replace(text=_PICTURE.sub(lambda found: "" if _is_pixel(found[0]) else found[0], body.text))


def _is_pixel(tag: str) -> bool:
    is_unseen = tag.lower().startswith("<amp-pixel") or _SMALL.search(tag) or _HIDDEN.search(tag)
    return bool(is_unseen) and _ELSEWHERE.search(tag) is not None
