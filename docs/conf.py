"""Sphinx: the pages are MyST Markdown, the reference comes from docstrings."""

from importlib.metadata import version as installed_version

project = "shopprivacy"
copyright = "the shopprivacy developers"
version = release = installed_version("shopprivacy")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "shopprivacy"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 90
autodoc_member_order = "bysource"
