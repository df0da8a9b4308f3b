"""The auction room as pure functions: terms, state, decisions, formats. No clock, no files."""
