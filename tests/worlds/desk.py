"""People at their browsers: signed in the way people sign in, with the second factor they have."""

import time
from typing import Any

from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from accounts import services
from accounts.models import Organisation, User
from kernel.actors import SYSTEM, Role
from kernel.clock import FixedClock
from tests.worlds import city

PASSWORD = "yangguang-demo"
COMPANIES = {"蓉城置业有限公司": 1, "锦江城建开发有限公司": 2, "阳光市公共资源交易中心": 3}


def company(name: str = "蓉城置业有限公司") -> Organisation:
    found = Organisation.objects.filter(name=name).first()
    return found or city.organisation(name, COMPANIES[name])


def person(username: str, *roles: Role, of: str = "蓉城置业有限公司") -> User:
    """A person with roles and the usual password."""
    city.person(username, company(of), *roles)
    return User.objects.get(username=username)


def sign_in(
    client: Client,
    username: str,
    password: str = PASSWORD,
    *,
    address: str = "10.0.0.1",
    **more: Any,
) -> Any:
    """Posts the form of the sign-in page."""
    form = {"login": username, "password": password, **more}
    return client.post("/accounts/login/", form, REMOTE_ADDR=address)


def signed_in(username: str, *, address: str = "10.0.0.1") -> Client:
    client = Client()
    response = sign_in(client, username, address=address)
    assert response.status_code == 302, response.content.decode()
    return client


def code(secret: str) -> str:
    """What an authenticator app shows now."""
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def set_up_totp(client: Client, password: str = PASSWORD) -> str:
    """Walks through the set-up page; returns the app's secret."""
    client.post("/accounts/reauthenticate/", {"password": password})
    page = client.get("/accounts/2fa/totp/activate/")
    secret: str = page.context["form"].secret
    done = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert done.status_code == 302, done.content.decode()
    return secret


def suspend(user: User) -> None:
    services.suspend_person(user_id=user.pk, reason="离职", actor=SYSTEM, clock=FixedClock(city.AT))


def freshly(
    client: Client, user: User, *, seconds_ago: float = 0, method: str = "password"
) -> None:
    """Makes a session say that the person showed who they are so long ago."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": method, "at": time.time() - seconds_ago}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
