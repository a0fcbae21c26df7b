"""Writes anew what is printed from the source: the JSON schema, three pages of the reference, a table of the README."""

from pathlib import Path

from docs._ext import facts_page
from docs._ext.enforced import write
from docs._ext.findings_page import page
from docs._ext.policy_page import reference
from docs._ext.policy_schema import json_schema, written_schema

import shopprivacy.policy
from shopprivacy.policy.problems import SCHEMA_FILE

ROOT = Path(__file__).parents[2]


def main() -> None:
    (Path(shopprivacy.policy.__file__).with_name(SCHEMA_FILE)).write_text(written_schema(), encoding="utf-8")
    reference_pages = ROOT / "docs" / "reference"
    (reference_pages / "policy.md").write_text(reference(json_schema()), encoding="utf-8")
    (reference_pages / "findings.md").write_text(page(), encoding="utf-8")
    (reference_pages / "countries.md").write_text(facts_page.page(), encoding="utf-8")
    write(ROOT / "README.md")


if __name__ == "__main__":
    main()
