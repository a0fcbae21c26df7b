"""What is cut out of messages: marked marketing, and pictures that nobody sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.mail.body_rules import (
    has_marketing,
    has_pixel,
    without_marketing,
    without_marks,
    without_pixels,
)
from shopprivacy.mail.draft import Body, Kind

PIXELS = (
    '<img src="https://t.example/o.gif" width="1" height="1">',
    "<IMG height=1 width=1 src='http://t.example/o'/>",
    '<img alt="" src="//t.example/o" style="display:none">',
    '<img src="https://t.example/o" style="width: 1px; height: 1px">',
    '<img src="https://t.example/o" style="border:0;max-height:0">',
    '<img src="https://t.example/o" height="0" alt=">">',
    '<img style="opacity:0" src="https://t.example/o">',
    '<img src="https://t.example/o" style="visibility: hidden; color: red">',
    '<img hidden src="https://t.example/o">',
    '<img/src="https://t.example/o"/width="1"/height="1">',
    '<img src="https://t.example/o" width="1"height="1">',
    "<img src=https://t.example/o style=width:1px;height:1px>",
    "<img src=https://t.example/o width=1/>",
    '<img srcset="https://t.example/o 1x" width="1pt">',
    '<img src="&#104;ttps://t.example/o" height="1.0">',
    '<img src="ht\ntps:\\\\t.example/o" height="01">',
    '<img src="https://t.example/o" style="width:0.5px">',
    '<img src="https://t.example/o" style="height:0em !important">',
    '<img src="https://t.example/o" style="opacity: .0">',
    '<image src="https://t.example/o" width="0" width="100">',
    '<input type="image" src="https://t.example/o" width="1" height="1">',
)
PICTURES = (
    '<img src="https://shop.example/vase.jpg" width="600" height="400">',
    '<img src="cid:logo" width="1">',
    '<img src="https://shop.example/line.png" width="100" height="10">',
    '<img src="https://shop.example/a.png" style="width:100%;line-height:1">',
    '<img data-width="1" src="https://shop.example/a.png" style="max-width:100px; opacity:0.9">',
    '<img src="https://shop.example/a.png" width="100" height="1%" style="width:1em;border-width:1px">',
    '<img src="https://shop.example/a.png" width="100" width="1" alt="width=1 hidden" class="hidden">',
    '<img src="https://shop.example/a.png?width=1" width="" height="11" aria-hidden="true">',
    '<input type="text" width="1" value="https://shop.example/">',
    '<imgs src="https://shop.example/a.png" width="1">',
)


@pytest.mark.parametrize("tag", PIXELS)
def test_pixels_are_found(tag: str) -> None:
    """However they are hidden; what stands around them stays."""
    body = Body("html", f"<p>a</p>{tag}<p>b</p>{PICTURES[0]}")
    assert has_pixel(body)
    assert without_pixels(body).text == f"<p>a</p><p>b</p>{PICTURES[0]}"
    plain = Body("plain", tag)
    assert not has_pixel(plain)
    assert without_pixels(plain) == plain


@pytest.mark.parametrize("tag", PICTURES)
def test_pictures_stay(tag: str) -> None:
    """What can be seen, and what the message brings along."""
    assert not has_pixel(Body("html", tag))


@pytest.mark.parametrize(
    ("kind", "text", "left"),
    [
        ("plain", "a\n\n<!--marketing-->x\ny<!--/marketing-->\n\nb", "a\n\nb"),
        ("plain", "a <!-- marketing -->x<!-- / MARKETING --> b", "a  b"),
        ("plain", "a\n<!--marketing-->x", "a\n\n"),
        ("plain", "<!--/marketing-->a", "a"),
        ("html", "<p>a</p>\n<!--marketing--><p>x</p><!--/marketing-->\n<p>b</p>", "<p>a</p>\n\n<p>b</p>"),
        ("html", "<body>a<!--marketing-->x</body>", "<body>a</body>"),
        ("html", "<!--marketing-->x<!--/marketing-->a<!--marketing-->y<!--/marketing-->b", "ab"),
        ("html", "a<!--marketing-->x<!--marketing-->y<!--/marketing-->z<!--/marketing-->b", "ab"),
        ("html", "<body>a<!--marketing-->x<!--marketing-->y</body>b<!--/marketing-->c", "<body>a</body>bc"),
    ],
)
def test_marked_blocks_are_cut_out(kind: Kind, text: str, left: str) -> None:
    """With their marks; one that ends nowhere, to the end of what is read."""
    assert without_marketing(Body(kind, text)).text == left


def test_marks_alone_are_taken_off() -> None:
    """From a message all of which is marketing."""
    body = Body("plain", "a <!--marketing-->x<!--/marketing-->")
    assert has_marketing(body)
    assert without_marks(body).text == "a x"


@given(st.lists(st.sampled_from(["<!--marketing-->", "<!--/marketing-->", "x", "\n", " ", "</body>"])))
def test_no_mark_and_nothing_marked_is_left(parts: list[str]) -> None:
    """However marks are strewn."""
    text = "".join(parts)
    for kind in ("plain", "html"):
        left = without_marketing(Body(kind, text)).text
        assert "marketing" not in left
        assert left.count("x") <= text.count("x")


def test_many_empty_lines_are_read_once() -> None:
    """What a customer typed into a contact form is in a mail: 2,000 empty lines before a mark took half a minute."""
    lines = "\n" * 20_000
    marked = Body("plain", f"{lines}Hello{lines}<!--marketing-->Sale<!--/marketing-->{lines}Bye")
    assert without_marketing(marked).text == f"{lines}Hello\n\nBye"
    assert (
        without_marketing(Body("plain", "Hello <!--marketing-->Sale<!--/marketing--> Bye")).text
        == "Hello  Bye"
    )
    assert (
        without_marketing(Body("plain", "Hello\n<!--marketing-->Sale<!--/marketing--> Bye")).text
        == "Hello\n Bye"
    )


def test_a_long_tag_is_read_once() -> None:
    """Whatever fills it: a pattern that may begin anywhere in 100,000 blanks takes minutes."""
    blanks, zeros = " " * 100_000, "0" * 100_000
    for style in (f"opacity:{blanks}x", f"width:{zeros}x1", f"width:{blanks}1{blanks}x", f"height:.{zeros}x"):
        assert not has_pixel(Body("html", f'<img src="https://t.example/o"{blanks}x style="{style}">'))
