"""Open contracting data: what is public of every sale, in OCDS 1.1.5."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.clock import system_clock
from kernel.errors import Invalid, NotFound
from trading import selectors
from trading.rules import ocds

PAGE = 100


@require_safe
def releases(request: HttpRequest) -> HttpResponse:
    """Releases in the order in which they became public, 100 a page; `after` is the cursor of the
    page before, or the index of the last release that was seen. 204 when there is nothing new:
    the standard knows no package without a release."""
    text = request.GET.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid("bad_cursor", _("after 须为不超过 18 位的非负整数。"), fields={"after": text})
    rows, cursor = selectors.list_ocds_releases(int(text), PAGE)
    if not rows:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    found = [ocds.release_of(lot, tag) for lot, tag in rows]
    base = f"{settings.PUBLIC_ORIGIN}/api/ocds/releases"
    package = ocds.release_package(
        found,
        uri=f"{base}?after={text}",
        publisher=settings.CENTRE_NAME,
        made_at=system_clock().now(),
        next_uri=f"{base}?after={cursor}" if cursor else "",
    )
    return JsonResponse(package, json_dumps_params={"ensure_ascii": False})


@require_safe
def record(request: HttpRequest, ocid: str) -> JsonResponse:
    """One sale's record."""
    lot = selectors.find_ocds_lot(ocid.removeprefix(f"{ocds.PREFIX}-"))
    if lot is None or not ocid.startswith(ocds.PREFIX):
        raise NotFound("ocid_unknown", _("没有这个 OCID 的记录。"))
    package = ocds.record_package(
        lot,
        uri=f"{settings.PUBLIC_ORIGIN}/api/ocds/records/{ocid}",
        publisher=settings.CENTRE_NAME,
        made_at=system_clock().now(),
    )
    return JsonResponse(package, json_dumps_params={"ensure_ascii": False})
