"""The shop's pages, one blueprint each."""
