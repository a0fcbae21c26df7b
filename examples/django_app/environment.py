"""The shop's options as environment variables, which is how Django's settings come by them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from examples.shop.options import DEMO_POLICY, Options, mail_server, moment


def as_environment(options: Options) -> Mapping[str, str]:
    """Return the variables that :func:`from_environment` reads."""
    given = {
        "SHOP_DATA": str(options.data),
        "SHOP_KEYS": str(options.keys),
        "SHOP_POLICY": str(options.policy),
        "SHOP_STORE": options.store,
        "SHOP_SMTP": f"{options.smtp[0]}:{options.smtp[1]}" if options.smtp else None,
        "SHOP_CLOCK": options.clock.isoformat() if options.clock else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def from_environment() -> Options:
    """Return the options of this process; without any, those of ``make demo``."""
    data = Path(os.environ.get("SHOP_DATA", "var/django")).resolve()
    clock, smtp = os.environ.get("SHOP_CLOCK"), os.environ.get("SHOP_SMTP")
    return Options(
        data=data,
        keys=Path(os.environ.get("SHOP_KEYS", data.with_name(f"{data.name}-keys.json"))),
        policy=Path(os.environ.get("SHOP_POLICY", DEMO_POLICY)),
        store=os.environ.get("SHOP_STORE"),
        clock=moment(clock) if clock else None,
        smtp=mail_server(smtp) if smtp else None,
    )
