"""Presets: the cookies of common frameworks and load balancers, as data in ``presets.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from shopprivacy.policy.base import refuse
from shopprivacy.policy.wording import nearest, shown

PRESETS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = MappingProxyType(
    tomllib.loads(files("shopprivacy.policy").joinpath("presets.toml").read_text(encoding="utf-8"))
)
"""Preset, cookie name, and the cookie as a policy would declare it (``essential`` is understood)."""


def _known(value: str) -> str:
    if value not in PRESETS:
        raise refuse(f"unknown preset {shown(value)}; {nearest(value, sorted(PRESETS))}")
    return value


Preset = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": [*sorted(PRESETS)]})]


def preset_cookies(names: Iterable[object]) -> dict[str, dict[str, Any]]:
    """The cookies of these presets, as a policy would declare them; unknown presets are passed over."""
    return {
        cookie: {"essential": True, **declaration}
        for name in names
        if isinstance(name, str)
        for cookie, declaration in PRESETS.get(name, {}).items()
    }
