"""The one way out of notices: rows for pages, the same query as feeds."""
