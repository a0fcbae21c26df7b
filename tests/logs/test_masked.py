"""Values that are masked for a request, whatever they look like."""

# ruff: noqa: E501  # tables

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from shopprivacy.logs import JsonFormatter, TextFormatter, masked
from tests.logs.conftest import Stream


@pytest.mark.parametrize("make", [lambda: TextFormatter("%(message)s"), JsonFormatter])
def test_masked_values_are_not_written(make: type) -> None:
    """Within the block each value is a hyphen, as text, in URLs and in extras; behind it nothing is masked."""
    out = Stream(make())
    with masked("Jan Jansen", None, "", 4711, "né"):
        with masked("Delta"):
            out.log.info(
                "jan jansen /a/Jan%%20Jansen Jan+Jansen 4711 delta né %s", "x", extra={"who": "JAN JANSEN"}
            )
        out.log.info("Delta")
        copy_context().run(out.log.info, "in a task: Jan Jansen")
    out.log.info("Jan Jansen")
    written = out.text.getvalue()
    first, second, third, last = out.lines
    assert "an" not in first.lower().replace("time", "")
    assert "4711" not in written
    assert "Delta" in second
    assert "Jan" not in third
    assert "Jan Jansen" in last


def test_nothing_to_mask_masks_nothing() -> None:
    """Empty values are no values, and one character stands in every line."""
    out = Stream(TextFormatter("%(message)s"))
    with masked(None, " "):
        out.log.info("a b")
    assert out.lines == ["a b"]
    with pytest.raises(ValueError, match="one character"), masked("a"):
        pass


@pytest.mark.parametrize(
    "written",
    ["Jose\u0301 O'Nei", "José O&#x27;Nei", "José O&#39;Nei", "Jos\\xe9 O'Nei", "Jos\\xc3\\xa9 O'Nei", "Jos\\u00e9 O'Nei", "Jos%c3%a9+O%27Nei"],
)  # fmt: skip
def test_a_masked_value_is_found_as_others_write_it(written: str, stream: type[Stream]) -> None:
    """Decomposed, and as HTML, JSON, URLs and the representation of text and bytes in Python have it."""
    out = stream(TextFormatter("%(message)s"))
    with masked("José O'Nei"):
        out.log.info("for %s.", written)
    assert out.lines == ["for -."]


@pytest.mark.parametrize("make", [lambda: TextFormatter("%(message)s"), JsonFormatter])
def test_a_masked_value_of_several_lines_is_not_written(make: type, stream: type[Stream]) -> None:
    """Neither in a message nor in an extra or an exception, which keep their lines."""
    out = stream(make())
    address = "Kerkstraat 1\n1234 AB Delft"
    with masked(address):
        try:
            raise ValueError(address)
        except ValueError:
            out.log.exception("to %s", address, extra={"to": address})
    assert "ValueError: -" in out.text.getvalue()
    assert "Kerk" not in out.text.getvalue()
    assert "Delft" not in out.text.getvalue()


def test_bytes_are_masked_as_the_text_they_are_and_a_collection_is_refused(stream: type[Stream]) -> None:
    """What is masked is what a log contains; of a list it would be the list with its brackets."""
    out = stream(TextFormatter("%(message)s"))
    with masked(b"Jansen"):
        out.log.info("Jansen, %s", b"Jansen")
    assert out.lines == ["-, b'-'"]
    for values in (["Jan", "Piet"], {"name": "Jan"}, ("Jan",)):
        with pytest.raises(TypeError, match=r"masked\(\*values\)") as refused, masked(values):
            pass
        assert "Jan" not in str(refused.value)


def test_masked_numbers_are_not_written(stream: type[Stream]) -> None:
    """A number that is masked is none in an extra, too; others and huge ones stay."""
    out = stream(JsonFormatter())
    with masked(4711):
        out.log.info("m", extra={"customer": 4711, "n": 471, "yes": True, "huge": 1 << 200})
    assert '"customer": "-", "n": 471, "yes": true' in out.lines[0]
    assert str(1 << 200) in out.lines[0]


def test_tasks_and_threads_with_the_context_mask_the_same(stream: type[Stream]) -> None:
    """Tasks and to_thread take the values along, and a pool's worker does where it runs in a copy of the context."""
    out = stream(TextFormatter("%(message)s"))

    async def book() -> None:
        await asyncio.create_task(asyncio.to_thread(out.log.info, "thread: Jansen"))

    with masked("Jansen"), ThreadPoolExecutor(1) as pool:
        pool.submit(copy_context().run, out.log.info, "pool: Jansen").result()
        asyncio.run(book())
    assert out.lines == ["pool: -", "thread: -"]
