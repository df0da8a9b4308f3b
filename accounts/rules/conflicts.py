"""Which roles one person may not hold together (approvals rules §14, AUC-16)."""

from collections.abc import Set

from kernel.actors import Role

STAFF = frozenset(Role) - {Role.BIDDER}
CASE_ROLES = frozenset(
    {Role.WINDOW_CLERK, Role.DEPARTMENT_REVIEWER, Role.SECTION_CHIEF, Role.CASHIER}
)
CENTRE = frozenset({Role.NOTICE_CLERK, Role.NOTICE_REVIEWER, Role.HOST, Role.FINANCE})
DECIDERS = frozenset({Role.DEPARTMENT_REVIEWER, Role.SECTION_CHIEF})
PAIRS: tuple[tuple[frozenset[Role], frozenset[Role]], ...] = (
    (frozenset({Role.BIDDER}), STAFF),  # staff may not bid (AUC-16)
    (frozenset({Role.WINDOW_CLERK}), frozenset({Role.CASHIER})),
    (frozenset({Role.DEPARTMENT_REVIEWER}), frozenset({Role.SUPERVISOR})),
    (frozenset({Role.ADMINISTRATOR}), CASE_ROLES),
    (CENTRE, DECIDERS),  # the centre's staff can never approve a case
    (frozenset({Role.AUDITOR}), STAFF - {Role.AUDITOR, Role.SUPERVISOR}),
    (frozenset({Role.HOST}), frozenset({Role.SUPERVISOR})),  # aborting a room takes both
)


def conflict(held: Set[Role], wanted: Role) -> Role | None:
    """The role already held that forbids the wanted one, or None."""
    for left, right in PAIRS:
        against = right if wanted in left else left if wanted in right else frozenset()
        for role in sorted(held & (against - {wanted})):
            return role
    return None
