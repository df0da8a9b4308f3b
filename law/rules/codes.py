"""Codes with their own arithmetic: investment project codes (DX-04). Credit codes: accounts."""

import re

PROJECT_CODE = re.compile(r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}", re.ASCII)


def is_project_code(text: str) -> bool:
    """Whether the text has the form `yymm-rrrrrr-ii-tt-nnnnnn`."""
    return PROJECT_CODE.fullmatch(text.strip()) is not None
