"""The demo's people, for one-click sign-in."""

from django import template
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.projection import role_name
from accounts.selectors import list_demo_people

register = template.Library()


@register.simple_tag
def demo_people() -> list[tuple[str, str, str]]:
    """(sign-in, what they do, their name); empty outside demo mode."""
    if not settings.DEMO_MODE:
        return []
    return [
        (username, "、".join(map(role_name, roles)) or _("无岗位"), name)
        for username, name, roles in list_demo_people()
    ]
