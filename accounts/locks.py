"""Row locks of people; taken last, after projects, lots and rooms."""

from accounts.models import Organisation, User
from kernel.errors import NotFound


def lock_person(user_id: int) -> User:
    """The person, locked. NotFound if there is none."""
    found = User.objects.select_for_update().filter(pk=user_id).first()
    if found is None:
        raise NotFound("person_unknown")
    return found


def lock_organisation(code: str) -> Organisation | None:
    """The organisation of a normalised code, locked; None if it is not registered."""
    return Organisation.objects.select_for_update().filter(code=code).first()
