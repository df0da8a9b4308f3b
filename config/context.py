"""What every page knows: the centre's name, the mode and the theme."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = frozenset({"light", "dark"})


def page(request: HttpRequest) -> dict[str, Any]:
    """Returns the context shared by all templates; costs no query."""
    theme = request.COOKIES.get("theme", "")
    return {
        "centre_name": settings.CENTRE_NAME,
        "demo_mode": settings.DEMO_MODE,
        "theme": theme if theme in THEMES else "",
    }
