"""The lines that set the gate up: counted from the very code of the page, which then runs with and without them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS, blocks
from tests.docs.folder import python

PAGE = DOCS / "how-to" / "adopt.md"
MOST = {"Flask": 3, "FastAPI": 3, "Starlette": 3, "Django": 4, "WSGI": 2, "ASGI": 2}
"""At most so many lines may stand on the page, beside imports."""

URLS = """
from django.http import HttpResponse
from django.urls import path

def home(request):
    response = HttpResponse("shop")
    response.set_cookie("_ga", "GA1.1.42")
    return response

urlpatterns = [path("", home)]
"""
# Looks at the shop before any choice and after one, and at the page where it is made.
WSGI_VISIT = """
from werkzeug.test import Client

client = Client(application)
def look(path, **more):
    answer = client.open(path, base_url="https://localhost", **more)
    return answer.status_code, "_ga=" in str(answer.headers)
"""
ASGI_VISIT = """
from starlette.testclient import TestClient

client = TestClient(app, "https://localhost", follow_redirects=False)
def look(path, method="GET", **more):
    answer = client.request(method, path, **more)
    return answer.status_code, "_ga=" in str(answer.headers)
"""
LOOK = """
print(*look("/"))
chosen = look("/privacy/consent", method="POST", data={"choice": "accept"}, headers={"Sec-Fetch-Site": "same-origin"})
print(*look("/"))
print(chosen[0], look("/privacy/choices")[0])
"""
FROM = {
    "Flask": "from flask_shop import app as application" + WSGI_VISIT,
    "FastAPI": "from fastapi_shop import app" + ASGI_VISIT,
    "Starlette": "from starlette_shop import app" + ASGI_VISIT,
    "Django": "from shop.wsgi import application" + WSGI_VISIT,
    "WSGI": "from wsgi_shop import application" + WSGI_VISIT,
    "ASGI": "from asgi_shop import app" + ASGI_VISIT,
}
every = pytest.mark.parametrize("framework", MOST)


def diffs(framework: str) -> list[tuple[str, list[str]]]:
    """Return what the page shows under a framework's heading: names of files, and the lines of each difference."""
    shown = [block for block in blocks(PAGE) if block.language == "diff"]
    section = PAGE.read_text(encoding="utf-8").partition(f"\n### {framework}\n")[2].partition("\n### ")[0]
    return [
        (block.caption, block.text.splitlines())
        for block in shown
        if f":caption: {block.caption}\n" in section
    ]


@every
def test_the_lines_are_counted(framework: str) -> None:
    """The table says how many lines the differences add beside imports, and they are few."""
    added = [line[1:].strip() for _, lines in diffs(framework) for line in lines if line.startswith("+")]
    counted = [line for line in added if line and not line.startswith(("from ", "import "))]
    table = dict(re.findall(r"^\| (\w+) \| (\d+) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert table.keys() == MOST.keys()
    assert int(table[framework]) == len(counted) <= MOST[framework]
    assert any("rivacy" in line for line in counted)


@every
@pytest.mark.parametrize("protected", [False, True])
def test_these_lines_are_all_it_takes(shop: Path, framework: str, *, protected: bool) -> None:
    """Without them the cookie leaves and there are no pages; with them it leaves for those who accept it."""
    if framework == "Django":
        python(shop, "-m", "django", "startproject", "shop", ".")
        (shop / "shop" / "urls.py").write_text(URLS, encoding="utf-8")
    for caption, lines in diffs(framework):
        name = caption.removesuffix(", at the end")
        kept = " +" if protected else " -"
        text = "\n".join(line[1:] for line in lines if not line or line[0] in kept) + "\n"
        with (shop / name).open("a" if caption != name else "w", encoding="utf-8") as file:
            file.write(text)
    if framework == "Django":
        python(shop, "manage.py", "migrate", "--verbosity", "0")
    before, after, pages = python(shop, "-c", FROM[framework] + LOOK).splitlines()
    if protected:
        assert (before, after, pages) == ("200 False", "200 True", "303 200")
    else:
        assert (before, after) == ("200 True", "200 True")
        assert "303" not in pages
