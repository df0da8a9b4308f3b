"""The few ways a request can be refused, and the value of a business "no"."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class DomainError(Exception):
    """A refusal that ends the request. `code` is stable; `message` is for people."""

    def __init__(
        self, code: str, message: object = "", *, params: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message or code
        self.params = dict(params or {})


class NotFound(DomainError):
    """The thing does not exist, or not for this actor."""


class Forbidden(DomainError):
    """The actor may see it but not do this."""


class Conflict(DomainError):
    """The thing is in a state in which this cannot be done."""


class Invalid(DomainError):
    """The input is wrong; `fields` says which field and why."""

    def __init__(
        self,
        code: str = "invalid",
        message: object = "",
        *,
        fields: Mapping[str, object] | None = None,
        params: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code, message, params=params)
        self.fields = dict(fields or {})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A lawful "no": returned, recorded as evidence, never raised."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)
