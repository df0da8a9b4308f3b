"""Words for roles."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kernel.actors import Role

ROLE_NAMES = {
    Role.BIDDER: gettext_noop("竞买人"),
    Role.NOTICE_CLERK: gettext_noop("公告岗"),
    Role.NOTICE_REVIEWER: gettext_noop("复核岗"),
    Role.HOST: gettext_noop("主持人"),
    Role.FINANCE: gettext_noop("财务"),
    Role.SUPERVISOR: gettext_noop("监管员"),
    Role.AUDITOR: gettext_noop("审计"),
    Role.WINDOW_CLERK: gettext_noop("窗口"),
    Role.DEPARTMENT_REVIEWER: gettext_noop("部门审核"),
    Role.SECTION_CHIEF: gettext_noop("科长"),
    Role.CASHIER: gettext_noop("出纳"),
    Role.ADMINISTRATOR: gettext_noop("系统管理员"),
}


def role_name(role: Role) -> str:
    """A role in the reader's language."""
    return str(_(ROLE_NAMES[role]))
