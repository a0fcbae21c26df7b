"""What Django's debug page, and whoever else prints frames with their locals, shows of sealing that went wrong."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import pytest

from tests.adapters.django_shop.set_up import FOLDER  # before anything that has models

# isort: split
from django.views.debug import ExceptionReporter

from shopprivacy.crypto import Ring
from shopprivacy.testing.samples import sample_keyset
from tests.sealing.shop import AN, BO, NAME, Shop

VALUE = bytes.fromhex("57696c68656c6d696e61").decode()  # spelled so: the page shows lines of source, too


class Frail:
    """A cipher that fails in the middle, with what it was given in its message's frame."""

    def decrypt(self, *given: Any) -> bytes:
        raise ValueError(len(given))


def broken(shop: Shop, how: str) -> None:
    """Let sealing or opening fail."""
    sealing = shop.sealing
    match how:
        case "unfit":
            sealing.seal((VALUE,), NAME, subject=AN)
        case "changed":
            sealing.open(shop.seal(VALUE)[:-1] + b"\0\0", NAME, subject=AN)
        case "clear text":
            sealing.open(VALUE, NAME, subject=AN)  # type: ignore[arg-type]
        case "another's":
            sealing.open(shop.seal(VALUE), NAME, subject=BO)
        case "index":
            sealing.index({VALUE: 1}, NAME)
        case "cipher":
            stored = shop.seal(VALUE)
            key = sealing._keys(NAME).to_open(stored, NAME).key
            assert key is not None
            key.decrypt = Frail().decrypt  # type: ignore[assignment]
            del key
            sealing.open(stored, NAME, subject=AN)
        case "sealing cipher":
            key = sealing._keys(NAME).to_open(shop.seal("x"), NAME).key
            assert key is not None
            key._encrypt = Frail().decrypt  # type: ignore[assignment]
            del key
            sealing.seal(VALUE, NAME, subject=AN)
        case "wrapped":
            handle = shop.seal(VALUE)[1:17]
            shop.keys.change(handle, wrapped=bytes(60))
            shop.again().sealing.seal(VALUE, NAME, subject=AN)
        case _:
            shop.keys.down = True
            sealing.seal(VALUE, NAME, subject=AN)


WAYS = ("unfit", "changed", "clear text", "another's", "index", "cipher", "sealing cipher", "wrapped", "down")


@pytest.mark.parametrize("how", WAYS)
def test_no_value_and_no_key_is_shown(how: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the page, nor the mail to the admins, nor a traceback with locals, nor a log has a value or a key."""
    assert FOLDER
    caplog.set_level(logging.DEBUG)
    shop = Shop()
    shop.seal("x", subject=BO)
    try:
        broken(shop, how)
    except Exception as error:  # whatever it is
        reporter = ExceptionReporter(None, *sys.exc_info())
        summary = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown = [reporter.get_traceback_html(), reporter.get_traceback_text(), "".join(summary.format())]
        logging.getLogger("shop").exception("it went wrong")
    secrets = [key.secret for ring in Ring for key in sample_keyset().keys(ring)]
    shop.keys.down = False
    rows = list(shop.keys.rows())
    unwrapped = [shop.sealing._keys(NAME)._rows.wrapping.unwrapped(row) for row in rows]
    for text in (*shown, caplog.text):
        assert VALUE not in text
        for secret in (*secrets, *unwrapped):
            if secret is not None:
                assert repr(secret.reveal())[2:-1] not in text
                assert secret.reveal().hex() not in text
