"""The library's own pages and endpoints: banner, preference page, cookie table."""
