"""What banner and pages load: a style sheet each, and the banner's script. Each has its version in its address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Final

# Not those before a colon: `.a :hover` is another selector than `.a:hover`.
_IDLE_BLANKS = re.compile(r"(?<=[{};:,])\s+|\s+(?=[{};])")
_COMMENT = re.compile(r"/\*.*?\*/|^ *//.*?$", re.DOTALL | re.MULTILINE)


class StaticFile:
    """A file that is the same for everybody. ``path`` is its address below the place where the shop is mounted."""

    def __init__(self, path: str, media_type: str, *sources: str) -> None:
        self.path = path
        self.media_type = media_type
        self._sources = sources

    @cached_property
    def content(self) -> bytes:
        """What is sent: the sources, without comments and the blanks that say nothing."""
        folder = files("shopprivacy.pages").joinpath("static")
        whole = "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in self._sources)
        code = _COMMENT.sub("", whole)
        if self.media_type == "text/css":
            return _IDLE_BLANKS.sub("", code.strip()).encode("ascii")
        return "".join(f"{line.strip()}\n" for line in code.splitlines() if line).encode("ascii")

    @cached_property
    def version(self) -> str:
        """What stands in the address, so that browsers may keep the file for ever."""
        return sha256(self.content).hexdigest()[:8]

    @property
    def url(self) -> str:
        """The address with the version."""
        return f"{self.path}?v={self.version}"


BANNER_STYLE: Final = StaticFile("/privacy/banner.css", "text/css", "shared.css", "banner.css")
PAGE_STYLE: Final = StaticFile("/privacy/page.css", "text/css", "shared.css", "page.css")
BANNER_SCRIPT: Final = StaticFile("/privacy/banner.js", "text/javascript", "banner.js")
STATIC_FILES: Final[Mapping[str, StaticFile]] = MappingProxyType(
    {file.path: file for file in (BANNER_STYLE, PAGE_STYLE, BANNER_SCRIPT)}
)
"""All of them, by path."""
