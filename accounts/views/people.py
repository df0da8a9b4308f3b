"""The administrator's desk of people: who is there, what they may do, how they get in."""

import secrets
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import permissions, projection, selectors, services
from accounts.forms import GrantForm, PersonForm, ReasonForm, put_errors
from accounts.middleware import ActorRequest
from accounts.rules.uscc import check_uscc
from audit.clock import system_clock
from kernel.actors import Role
from kernel.errors import DomainError, NotFound

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def first_password() -> str:
    """Twelve characters that cannot be mistaken when read aloud; 58 random bits."""
    letters = "".join(secrets.choice(LETTERS) for _index in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


@require_safe
@never_cache
def people(request: ActorRequest) -> HttpResponse:
    """Everybody, or those a name matches."""
    query = request.GET.get("q", "").strip()
    context = {
        "people": [
            (person, [projection.role_name(role) for role in person.roles])
            for person in selectors.list_people(request.actor, query=query)
        ],
        "query": query,
        "may_create": permissions.may(request.actor, "create_person"),
    }
    return render(request, "accounts/people_list.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
def new_person(request: ActorRequest) -> HttpResponse:
    """Enters a person; the first password is shown once."""
    permissions.require(request.actor, "create_person")
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = first_password()
        entry = person_entry(form.cleaned_data, password)
        try:
            user = services.admit_person(entry=entry, actor=request.actor, clock=system_clock())
        except DomainError as error:
            put_errors(form, error)
        else:
            if not check_uscc(entry.organisation.code).is_inner_valid:
                messages.warning(request, _("信用代码中的主体标识码校验不符，请核对证照原件。"))
            return show_password(request, user.public_id, password)
    return render(
        request, "accounts/person_form.html", {"form": form}, status=422 if form.errors else 200
    )


def person_entry(data: dict[str, Any], password: str) -> services.PersonEntry:
    organisation = services.OrganisationEntry(data["code"], data["organisation_name"])
    return services.PersonEntry(
        username=data["username"],
        name=data["name"],
        organisation=organisation,
        password=password,
    )


def show_password(request: ActorRequest, public_id: str, password: str) -> HttpResponse:
    """The only page that ever shows it; it is stored nowhere and cannot be shown again."""
    person = selectors.access_person(request.actor, public_id)
    context = {"person": person, "password": password}
    return render(request, "accounts/first_password.html", context)


def person_page(request: ActorRequest, public_id: str, **forms: Any) -> HttpResponse:
    found = selectors.access_person(request.actor, public_id)
    rows = projection.role_rows(found)
    free = tuple(row.role for row in rows if row.state == "free")
    is_other = found.user_id != request.actor.user_id
    context = {
        "person": found,
        "roles": rows,
        "may_keep": is_other and permissions.may(request.actor, "grant_role"),
        "is_self": not is_other,
        "may_confirm": is_other
        and found.reset_by not in {"", request.actor.id}
        and permissions.may(request.actor, "confirm_reset"),
        "grant_form": GrantForm(free=free),
        "can_grant": bool(free) or "grant_form" in forms,
        "state_form": ReasonForm(prefix="state"),
        "reset_form": ReasonForm(prefix="reset"),
        **forms,
    }
    has_errors = any(form.errors for form in forms.values())
    return render(
        request, "accounts/person_detail.html", context, status=422 if has_errors else 200
    )


@require_safe
@never_cache
def person(request: ActorRequest, public_id: str) -> HttpResponse:
    """One person: organisation, roles, what can be done."""
    return person_page(request, public_id)


@require_POST
def grant(request: ActorRequest, public_id: str) -> HttpResponse:
    """Gives a role. A conflict is explained."""
    permissions.require(request.actor, "grant_role")
    found = selectors.access_person(request.actor, public_id)
    form = GrantForm(request.POST, free=tuple(Role))
    if form.is_valid():
        try:
            services.grant_role(
                user_id=found.user_id,
                role=form.cleaned_data["role"],
                until_at=form.until_at(),
                actor=request.actor,
                clock=system_clock(),
            )
        except DomainError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("岗位已授予。"))
            return redirect("accounts:person", public_id)
    return person_page(request, public_id, grant_form=form)


@require_POST
def revoke(request: ActorRequest, public_id: str, role: str) -> HttpResponse:
    """Takes a role back at once."""
    permissions.require(request.actor, "revoke_role")
    found = selectors.access_person(request.actor, public_id)
    if role not in set(Role):
        raise NotFound("role_unknown")
    services.revoke_role(
        user_id=found.user_id, role=Role(role), actor=request.actor, clock=system_clock()
    )
    messages.success(request, _("岗位已收回。"))
    return redirect("accounts:person", public_id)


def with_reason(
    request: ActorRequest, public_id: str, prefix: str, act: Callable[..., None], done: str
) -> HttpResponse:
    """Does something to a person that needs a stated reason."""
    found = selectors.access_person(request.actor, public_id)
    form = ReasonForm(request.POST, prefix=prefix)
    if form.is_valid():
        try:
            act(
                user_id=found.user_id,
                reason=form.cleaned_data["reason"],
                actor=request.actor,
                clock=system_clock(),
            )
        except DomainError as error:
            put_errors(form, error)
        else:
            messages.success(request, done)
            return redirect("accounts:person", public_id)
    return person_page(request, public_id, **{f"{prefix}_form": form})


@require_POST
def suspend(request: ActorRequest, public_id: str) -> HttpResponse:
    """Bars a person at once."""
    permissions.require(request.actor, "suspend_person")
    return with_reason(
        request, public_id, "state", services.suspend_person, _("已停用，该人员已从所有设备退出。")
    )


@require_POST
def reinstate(request: ActorRequest, public_id: str) -> HttpResponse:
    """Lets a person in again."""
    permissions.require(request.actor, "reinstate_person")
    return with_reason(request, public_id, "state", services.reinstate_person, _("已恢复。"))


@require_POST
@never_cache
def reset(request: ActorRequest, public_id: str) -> HttpResponse:
    """Gives a new first password and takes the second factors away."""
    permissions.require(request.actor, "reset_access")
    found = selectors.access_person(request.actor, public_id)
    form = ReasonForm(request.POST, prefix="reset")
    if form.is_valid():
        password = first_password()
        try:
            services.reset_access(
                user_id=found.user_id,
                password=password,
                reason=form.cleaned_data["reason"],
                actor=request.actor,
                clock=system_clock(),
            )
        except DomainError as error:
            put_errors(form, error)
        else:
            return show_password(request, public_id, password)
    return person_page(request, public_id, reset_form=form)


@require_POST
def confirm_reset(request: ActorRequest, public_id: str) -> HttpResponse:
    """A second keeper says that the reset reached the right person."""
    permissions.require(request.actor, "confirm_reset")
    found = selectors.access_person(request.actor, public_id)
    services.confirm_reset(user_id=found.user_id, actor=request.actor, clock=system_clock())
    messages.success(request, _("已确认，岗位恢复有效。"))
    return redirect("accounts:person", public_id)
