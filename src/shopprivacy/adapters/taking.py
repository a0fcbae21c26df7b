"""The moment at which a server takes an application: the first at which all that stands around the gate can be seen.

WSGI tells no application that its server has started (PEP 3333 knows requests only). But servers import a module, and
when its code has run they read the application from it; and a module may say what happens when it is read (Python
Language Reference, 3.3.2.1, "Customizing module attribute access").
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection
from types import ModuleType

USUAL = frozenset({"app", "application"})
"""The names under which servers look for an application that are told no other."""


def when_taken(check: Callable[[object], object], names: Collection[str] = USUAL) -> None:
    """Let ``check`` see what is read under one of these names from the modules that are being imported now.

    What it raises goes to whoever reads: a server that cannot take its application does not start. Servers that look
    into a module's dictionary (uWSGI, mod_wsgi) are not seen, and neither is what a factory returns.
    """
    frame = inspect.currentframe()
    while frame is not None:
        module = sys.modules.get(frame.f_globals.get("__name__", ""))
        # The script at the bottom of the stack is the server's own.
        is_body = frame.f_code.co_name == "<module>" and module is not sys.modules["__main__"]
        if is_body and module is not None and vars(module) is frame.f_globals:
            module.__class__ = _checked(type(module), check, names)
        frame = frame.f_back


def _checked(
    kind: type[ModuleType], check: Callable[[object], object], names: Collection[str]
) -> type[ModuleType]:
    def read(module: ModuleType, name: str) -> object:
        value = kind.__getattribute__(module, name)
        if name in names:
            check(value)
        return value

    return type(kind.__name__, (kind,), {"__getattribute__": read, "__module__": kind.__module__})
