"""What every page knows: the centre's name, the mode, the theme and the type size."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from config import checks

THEMES = frozenset({"light", "dark"})
SIZES = frozenset({"large"})


def page(request: HttpRequest) -> dict[str, Any]:
    """Returns the context shared by all templates; costs no query."""
    theme = request.COOKIES.get("theme", "")
    size = request.COOKIES.get("size", "")
    return {
        "centre_name": settings.CENTRE_NAME,
        "demo_mode": settings.DEMO_MODE,
        "theme": theme if theme in THEMES else "",
        "type_size": size if size in SIZES else "",
        "system_fault": checks.system_fault(),
    }
