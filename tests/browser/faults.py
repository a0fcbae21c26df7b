"""What a page does wrong, as far as a browser can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

_OPTIONS: dict[str, Any] = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},  # 2.5.8; axe-core leaves it out where nobody asks for it
}
# Text of ours that leaves the window or its own button, and pairs of texts that overlap. Scrolling does not count:
# the row of answers lies over what scrolls below it.
_MISPLACED = """() => {
  const lines = []
  const stuck = e => {
    for (; e; e = e.parentElement) if (getComputedStyle(e).position === 'sticky' && e.getClientRects().length) return e
    return null
  }
  for (const root of document.querySelectorAll('.sp-banner, .sp-page')) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const node = walker.currentNode, range = document.createRange()
      if (!node.data.trim() || !node.parentElement.checkVisibility()) continue
      if (getComputedStyle(node.parentElement.closest('thead') ?? root).clipPath !== 'none') continue
      range.selectNodeContents(node)
      const box = node.parentElement.closest('button, .sp-banner, .sp-page').getBoundingClientRect()
      for (const r of range.getClientRects()) {
        lines.push({ text: node.data.trim(), r, box, row: stuck(node.parentElement) })
      }
    }
  }
  const out = lines.filter(({ r, box }) => r.left < box.left - 1 || r.right > box.right + 1).map(l => 'out: ' + l.text)
  const over = lines.flatMap((a, i) => lines.slice(i + 1)
    .filter(b => a.row === b.row
      && Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left) > 1
      && Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top) > 4)
    .map(b => `over: ${a.text} | ${b.text}`))
  const wide = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []
  return [lines.length ? [] : ['no text'], wide, out, over].flat()
}"""


def broken_rules(page: Page) -> list[str]:
    """Return each place of the page where it breaks a rule of axe-core's."""
    # Imported here: this file is read, too, where only tests without a browser are run.
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    found = Axe().run(page, options=_OPTIONS).response
    assert {"color-contrast", "target-size"} <= {rule["id"] for rule in found["passes"]}, (
        "axe-core did not run"
    )
    return [
        f"{page.url} {rule['id']}: {node['html'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def misplaced(page: Page) -> list[str]:
    """Return which texts of ours are cut off or lie over others, and whether the page scrolls sideways."""
    found: list[str] = page.evaluate(_MISPLACED)
    return found
