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
