"""Filters and tags of the design system: money, instants, rates, icons, form controls.

Amounts are integer fen, instants are aware; a missing figure is shown as 未公布.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django import forms, template
from django.core.paginator import Page
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from audit.clock import system_clock
from kernel import money
from kernel.clock import CHINA, iso_ms

register = template.Library()

UNITS = {"元": gettext_lazy("元"), "万元": gettext_lazy("万元"), "亿元": gettext_lazy("亿元")}


def _missing() -> str:
    return _("未公布")


# ── money ─────────────────────────────────────────────────────────────────────────────────────


@register.filter
def yuan(fen: int | None) -> str:
    """Yuan with two decimals, no unit: `81,600,000.00`."""
    return _missing() if fen is None else money.format_yuan(fen)


@register.filter
def wan(fen: int | None) -> str:
    """Ten thousands of yuan, exact, no unit: `8,160.00`."""
    return _missing() if fen is None else money.format_wan(fen)


@register.filter
def yi(fen: int | None) -> str:
    """Hundred millions of yuan, four decimals, no unit; for statistics only."""
    return _missing() if fen is None else money.format_yi(fen)


@register.filter
def short_money(fen: int | None) -> SafeString | str:
    """The form of lists, with its unit: `8,160.00 万元`, below one 万 `960.00 元`; in English,
    which counts in thousands, `81,600,000.00 CNY`."""
    if fen is None or not has_wan():
        return yuan_unit(fen)
    return _with_unit(*money.format_short(fen))


@register.filter
def yuan_unit(fen: int | None) -> SafeString | str:
    """Yuan with its unit: `81,600,000.00 元`."""
    return _missing() if fen is None else _with_unit(money.format_yuan(fen), "元")


@register.filter
def wan_unit(fen: int | None) -> SafeString | str:
    """Ten thousands of yuan with the unit: `8,160.00 万元`; in English as `yuan_unit`."""
    if fen is None or not has_wan():
        return yuan_unit(fen)
    return _with_unit(money.format_wan(fen), "万元")


@register.filter
def wan_or_yuan(fen: int | None) -> str:
    """The figure of `wan_unit` without its unit, which `{% wan_word %}` gives."""
    return wan(fen) if has_wan() else yuan(fen)


@register.simple_tag
def wan_word() -> str:
    """The unit of `wan_or_yuan` in the reader's language."""
    return str(UNITS["万元" if has_wan() else "元"])


def has_wan() -> bool:
    """The reader's language counts in ten thousands."""
    return get_language() != "en"


def _with_unit(number: str, unit: str) -> SafeString:
    return format_html(
        '<span class="num">{} <span class="figure-unit">{}</span></span>', number, UNITS[unit]
    )


@register.filter
def capitals(fen: int | None) -> str:
    """Chinese capitals as papers write them: `人民币捌仟壹佰陆拾万元整`."""
    return "" if fen is None else money.capitals(fen)


@register.filter
def rate(value: Decimal | str | None) -> str:
    """A percentage with two decimals: `28.33%`. The value is already a percentage."""
    if value is None or value == "":
        return "—"
    return f"{money.half_up(Decimal(value), 2)}%"


# ── instants, Beijing time ────────────────────────────────────────────────────────────────────


def _beijing(at: datetime, form: str) -> str:
    return at.astimezone(CHINA).strftime(form)


@register.filter
def instant(at: datetime | None) -> str:
    """`2026-11-26 10:03:22`."""
    return _("未定") if at is None else _beijing(at, "%Y-%m-%d %H:%M:%S")


@register.filter
def instant_ms(at: datetime | None) -> str:
    """`2026-11-26 10:03:22.204`, as receipts and ledgers print it."""
    return _("未定") if at is None else iso_ms(at)[:23].replace("T", " ")


@register.filter
def minute(at: datetime | None) -> str:
    """`2026-11-26 10:03`, for planned instants."""
    return _("未定") if at is None else _beijing(at, "%Y-%m-%d %H:%M")


@register.filter
def time_ms(at: datetime | None) -> str:
    """`10:03:22.204`, for rows of one day."""
    return "" if at is None else iso_ms(at)[11:23]


@register.filter
def day(on: date | datetime | None) -> str:
    """`2026-11-26`; an instant gives its day in Beijing."""
    if on is None:
        return _("未定")
    return _beijing(on, "%Y-%m-%d") if isinstance(on, datetime) else on.isoformat()


register.filter("iso", iso_ms)
register.filter("iso_ms", iso_ms)
"""`2026-11-26T10:03:22.204+08:00` for `datetime` and data attributes."""


@register.simple_tag
def server_now() -> datetime:
    """The instant that counts; one cheap query on PostgreSQL."""
    return system_clock().now()


@register.simple_tag
def remaining(ends_at: datetime, now: datetime) -> str:
    """What is left, never negative: `3天 06:56:38`, below a day `06:56:38`."""
    left = max(timedelta(0), ends_at - now)
    hours, rest = divmod(left.seconds, 3600)
    clock = f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{left.days}{_('天')} {clock}" if left.days else clock


# ── status ────────────────────────────────────────────────────────────────────────────────────

CHIPS = {
    "info": ("info", "info"),
    "soon": ("warn", "warn"),
    "live": ("live", "live"),
    "amended": ("warn", "pencil"),
    "done": ("lead", "tick"),
    "none": ("neutral", "dash"),
    "stopped": ("error", "error"),
    "publicity": ("info", "clock"),
    "waiting": ("neutral", "clock"),
    "draft": ("neutral", "pencil"),
    "archived": ("neutral", "box"),
    "locked": ("neutral", "lock"),
    "paused": ("warn", "pause"),
}
LIGHTS = {
    "green": ("circle", gettext_lazy("绿灯")),
    "yellow": ("triangle", gettext_lazy("黄灯")),
    "red": ("square", gettext_lazy("红灯")),
    "paused": ("pause", gettext_lazy("暂停")),
}
BANNERS = {"info": "info", "lead": "tick", "warn": "warn", "error": "error", "neutral": "info"}
MESSAGES = {"success": "lead", "warning": "warn", "error": "error"}


@register.filter
def chip_class(kind: str) -> str:
    """The tint of a chip kind (KeyError on an unknown kind)."""
    return CHIPS[kind][0]


@register.filter
def chip_icon(kind: str) -> str:
    """The shape of a chip kind."""
    return CHIPS[kind][1]


@register.filter
def light_icon(colour: str) -> str:
    """The shape of a light: circle, triangle, square, double bar."""
    return LIGHTS[colour][0]


@register.filter
def light_word(colour: str) -> str:
    """The word of a light."""
    return str(LIGHTS[colour][1])


@register.filter
def banner_icon(kind: str) -> str:
    """The icon of a banner kind."""
    return BANNERS[kind]


@register.filter
def message_kind(level_tag: str) -> str:
    """The banner kind of a Django message level."""
    return MESSAGES.get(level_tag, "info")


# ── lists, icons, controls ───────────────────────────────────────────────────────────────────────


@register.simple_tag
def page_range(page: Page[object]) -> Iterable[int | str]:
    """The page numbers to offer, with gaps."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, silent to screen readers: always put a word beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("icons.svg"),
        name,
    )


CHOICES = (forms.CheckboxSelectMultiple, forms.RadioSelect)


@register.filter
def is_choices(field: forms.BoundField) -> bool:
    """The field is a group of radio buttons or check boxes."""
    return isinstance(field.field.widget, CHOICES)


@register.filter
def is_checkbox(field: forms.BoundField) -> bool:
    """The field is one check box, whose label stands behind it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.simple_tag
def control(field: forms.BoundField, classes: str = "") -> SafeString:
    """The widget with the class `input`; Django ties it to hint and error by their ids."""
    widget = field.field.widget
    if isinstance(widget, (*CHOICES, forms.CheckboxInput)):
        return field.as_widget()
    own = widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": " ".join(f"input {classes} {own}".split())})


@register.filter
def is_under(path: str | None, address: str) -> bool:
    """Tells whether a path lies under an address (for the current menu entry)."""
    return (path or "").startswith(address)
