"""The public pages on which anybody checks a paper."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import ActorRequest
from documents import permissions, selectors
from documents.forms import PDF, VerificationForm
from documents.projection import list_result_of, qr_of, result_of
from documents.rules import numbers
from documents.rules.verdicts import Verdict

TOO_MANY = 429
NOT_FOUND = 404
UNPROCESSABLE = 422


def address_of(request: HttpRequest) -> str:
    """The caller's address; behind our proxy the last hop that it vouches for."""
    if settings.SECURE_PROXY_SSL_HEADER:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def refused_lookup(request: HttpRequest) -> HttpResponse | None:
    """A page that says "slow down", if this address tries too many codes."""
    if permissions.may_look_up(address_of(request)):
        return None
    answer = render(request, "documents/verification_busy.html", status=TOO_MANY)
    answer.headers["Retry-After"] = str(permissions.MINUTE_S)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: ActorRequest) -> HttpResponse:
    """The form for a code, a receipt number or a file; answers a file at once."""
    if request.method != "POST":
        return render(request, "documents/verification_form.html", {"form": VerificationForm()})
    if busy := refused_lookup(request):
        return busy
    form = VerificationForm(request.POST, request.FILES)
    if not form.is_valid():
        page = "documents/verification_form.html"
        return render(request, page, {"form": form}, status=UNPROCESSABLE)
    code, file = form.cleaned_data["code"].strip(), form.cleaned_data["file"]
    if file is not None:
        return answer_file(request, form, file.read(), code)
    if address := selectors.resolve_reference(code):
        return redirect(address)
    return redirect("documents:document", code=numbers.normalise_code(code) or code)


def answer_file(
    request: ActorRequest, form: VerificationForm, data: bytes, code: str
) -> HttpResponse:
    """What an uploaded file is: a paper, or an exported list."""
    if data.startswith(PDF):
        return answer(request, selectors.verify_file(data, code), code=code)
    finding = selectors.verify_list(data)
    if finding is None:
        form.add_error("file", _("这个文件不是本平台台账导出的 csv 或 jsonl。"))
        context: dict[str, object] = {"form": form}
        return render(request, "documents/verification_form.html", context, status=UNPROCESSABLE)
    context = {"form": VerificationForm(), "result": list_result_of(finding)}
    return render(request, "documents/list_detail.html", context)


@require_safe
def document(request: ActorRequest, code: str) -> HttpResponse:
    """What the code of a paper, or the address in its QR, leads to."""
    if busy := refused_lookup(request):
        return busy
    return answer(request, selectors.verify_code(code), code=code)


def answer(request: ActorRequest, finding: selectors.Finding, *, code: str) -> HttpResponse:
    paper = finding.document
    context = {
        "result": result_of(finding),
        "paper": paper,
        "code": code,
        "is_upload": request.method == "POST",
        "may_fetch": paper is not None and selectors.may_fetch(request.actor, paper),
        "print_differs": paper is not None and differs(request, paper.number, paper.drawn_hash),
        "qr": qr_of(paper) if paper is not None else "",
        "form": VerificationForm(),
    }
    is_unknown = finding.verdict == Verdict.UNKNOWN_CODE
    status = NOT_FOUND if is_unknown and request.method != "POST" else 200
    return render(request, "documents/document_detail.html", context, status=status)


def differs(request: HttpRequest, number: str, ledger_hash: str) -> bool:
    """Whether the QR that was scanned names another number or hash than the ledger."""
    printed = request.GET.get("n", number), request.GET.get("h", ledger_hash)[:16]
    return printed != (number, ledger_hash[: numbers.HASH_DIGITS])


@require_safe
def file(request: ActorRequest, code: str) -> HttpResponseBase:
    """The stored bytes, as an attachment under the paper's number."""
    if busy := refused_lookup(request):
        return busy
    paper = selectors.access_document(request.actor, code)
    response = HttpResponse(selectors.read_file(paper), content_type="application/pdf")
    etag = f'"{paper.sha256}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = f'attachment; filename="{paper.number}.pdf"'
    conditional = get_conditional_response(request, etag=etag, response=response)
    return conditional if conditional is not None else response
