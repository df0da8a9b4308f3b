"""The approval centre with administrators, for tests of the law's tables."""

from typing import Any

from accounts.models import Organisation
from kernel.actors import Role
from law import services
from law.models import CalendarProposal
from tests.worlds.cases import Centre
from tests.worlds.city import person


class Hall(Centre):
    """The approval centre with two administrators, Ada and Ben."""

    def __post_init__(self) -> None:
        super().__post_init__()
        office = Organisation.objects.order_by("pk")[0]
        self.ada = person("ada", office, Role.ADMINISTRATOR)
        self.ben = person("ben", office, Role.ADMINISTRATOR)

    def take_over(self, *lists: dict[str, Any]) -> CalendarProposal:
        proposal = services.propose_calendar(lists=lists, actor=self.ada, clock=self.clock)
        assert proposal is not None
        return services.approve_calendar(pk=proposal.pk, actor=self.ben, clock=self.clock)
