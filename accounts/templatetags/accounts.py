"""The demo's people, for one-click sign-in."""

from django import template
from django.conf import settings

from accounts.projection import role_name
from accounts.selectors import list_demo_people

register = template.Library()


@register.simple_tag
def demo_people() -> list[tuple[str, str, str]]:
    """(sign-in, what they do, their name); empty outside demo mode."""
    if not settings.DEMO_MODE:
        return []
    return [
        (person.username, " · ".join(map(role_name, person.roles)), person.name)
        for person in list_demo_people()
    ]
