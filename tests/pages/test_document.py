"""HTML as the review of templates reads it: as forgiving as browsers."""

from __future__ import annotations

import pytest

from shopprivacy.pages.document import read_document


def test_a_tree_of_elements() -> None:
    """Elements stand in one another, void ones hold nothing, and each knows what it stands in."""
    root = read_document('<ul class="x"><li>One<br>two<li>three</ul><p hidden>four</p>')
    (list_,) = root.all("ul", class_="x")
    assert [element.tag for element in root.all()] == ["ul", "li", "br", "li", "p"]
    assert [element.tag for element in root.all("li")[0].ancestors()] == ["ul", ""]
    assert list_.children == root.all("li")[:1]
    assert root.all("p", hidden="")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One \n two</p>", "One two"),
        ("One<br>two", "One two"),
        ("<p>A &amp; B</p><script>c</script><style>d</style><template>e</template>", "A & B"),
        ("</p>One</b></p>", "One"),
        ("<p/>One<input/>", "One"),
    ],
)
def test_the_text_that_is_shown(html: str, text: str) -> None:
    """Blanks count once, what is never shown does not count, and a stray end ends nothing."""
    assert read_document(html).text() == text


def test_text_without_what_is_closed() -> None:
    """The text of elements of one kind can be left out."""
    assert read_document("<p>a<details>b</details>c</p>").text(without="details") == "a c"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<!-- b --!>c<!-->d<!--->e<!-- -- > f -->g<!x>h<?i?>j", "acdeghj"),
        ("<title>a &amp; <b></title>", "a & <b>"),
        ("1 < 2 <svg><path d=M0/x /></svg>3", "1 < 2 3"),
        ("<p TITLE='>' lang=nl hidden>a</p>b", "b"),
        ("<svg><title>a</title>b</svg>c", "c"),
    ],
)
def test_what_browsers_read_otherwise_than_it_looks(html: str, text: str) -> None:
    """Comments end, and text begins, where the HTML standard says."""
    root = read_document(html)
    assert "".join(one.text() if one.tag == "title" else "" for one in root.children) + root.text() == text


@pytest.mark.parametrize(
    "html",
    [
        "<p a a>",
        "<p A='1' a=2>",
        "<p hidden/>a",
        "<p \x0bhidden>",
        '<p "a">',
        "</ p>",
        "</p a>",
        "<!-- a",
        "<b>a</b",
        "<title>a",
        "<title>a</title b>c",
        "<title/>a",
        "<script><!-- <script></script> --></script>",
        "<svg><style><p></style></svg>",
        "<plaintext>",
        "<noscript><i title='</noscript>'></i></noscript>",
        "<noscript><!-- </noscript> --></noscript>",
        "<div><table><td></div>",
        "<b hidden><i></b>",
    ],
)
def test_what_not_all_read_alike_is_a_fault(html: str) -> None:
    """A review must not find one thing where a browser finds another."""
    assert read_document(html).faults


@pytest.mark.parametrize(
    "html",
    [
        "<ul><li>a<li>b</ul><table><tr><td>c</table>",
        "<p>a</p></p><br/><input disabled='' value=a=b>",
        "<script>if (1 < 2) {}</script><style>a > b {}</style>",
        "<noscript><p>a</p></noscript><noscript>b</noscript>",
        "<svg viewBox='0 0 1 1'><g><path/></g></svg>",
        "<!doctype html>",
    ],
)
def test_what_all_read_alike_is_none(html: str) -> None:
    """Ends that may be left out, and what a shop's layout usually has."""
    assert read_document(html).faults == []
