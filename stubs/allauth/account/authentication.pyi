from typing import Any

from django.http import HttpRequest

from accounts.models import User

def get_authentication_records(request: HttpRequest, user: User) -> list[dict[str, Any]]: ...
