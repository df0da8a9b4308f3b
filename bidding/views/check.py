"""The self-test: whether this browser and this line are fit for a room, before it matters."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit.clock import system_clock
from kernel.clock import iso_ms

NOWHERE = "00000000"
"""The code of no room: its socket is opened and closed again, which proves the way."""

ITEMS = (
    (
        "script",
        _("网页脚本"),
        _("脚本正常运行。"),
        "",
        _("脚本未运行：请换用新版浏览器，或允许本站运行脚本。"),
    ),
    (
        "line",
        _("网络往返"),
        _("往返 {ms} 毫秒，适合竞价。"),
        _("往返 {ms} 毫秒，偏慢：请换用有线网络，报价宜早不宜晚。"),
        _("往返 {ms} 毫秒，很慢：请换网络再试。"),
    ),
    (
        "clock",
        _("本机时钟"),
        _("与服务器相差 {seconds} 秒。竞价室一律以服务器时间为准。"),
        _("与服务器相差 {seconds} 秒，请校准本机时钟；竞价室一律以服务器时间为准。"),
        "",
    ),
    (
        "socket",
        _("实时通道"),
        _("实时通道可用，价格变动即时到达。"),
        _("实时通道被拦截：竞价室会改用备用通道，价格约每秒更新一次。"),
        _("无法判断实时通道，请重新检查。"),
    ),
    (
        "backup",
        _("备用通道"),
        _("备用通道可用。"),
        "",
        _("备用通道不通：实时通道中断时将无法报价，请换网络再试。"),
    ),
    (
        "awake",
        _("屏幕常亮"),
        _("竞价时屏幕可保持常亮。"),
        _("浏览器不支持屏幕常亮：竞价时请关闭自动锁屏。"),
        "",
    ),
    (
        "store",
        _("本机存储"),
        _("可以记住您的显示设置和未提交的内容。"),
        _("浏览器禁止本机存储：显示设置和未提交的内容不会保留。"),
        "",
    ),
)
"""Key, name, and what a good, a weak and a bad result say."""


@require_safe
@never_cache
def check(request: HttpRequest) -> HttpResponse:
    """What is looked at, with the words for every result; the browser does the looking."""
    rows = [
        {"key": key, "name": name, "texts": {"good": good, "weak": weak, "bad": bad}}
        for key, name, good, weak, bad in ITEMS
    ]
    return render(request, "bidding/check.html", {"rows": rows, "nowhere": NOWHERE})


@require_safe
@never_cache
def now(request: HttpRequest) -> JsonResponse:
    """The server's time, for measuring a round trip and the computer's clock."""
    return JsonResponse({"server_at": iso_ms(system_clock().now())})
