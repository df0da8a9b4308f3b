"""The people and organisations of the demo city."""

from dataclasses import dataclass

from kernel.actors import Role

PASSWORD = "yangguang-demo"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Company:
    """An organisation; its code's check digit is computed when it is made."""

    key: str
    body: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Person:
    """One sign-in. `company` is the key of the organisation they act for."""

    username: str
    name: str
    roles: tuple[Role, ...]
    company: str


COMPANIES = (
    Company("land", "11510600MB0T0001", "阳光市自然资源和规划局", "阳光市政通路 1 号"),
    Company("assets", "11510600MB0T0002", "阳光市机关事务管理局", "阳光市政通路 2 号"),
    Company("centre", "12510600MB0T0003", "阳光市公共资源交易中心", "阳光市市民大道 8 号"),
    Company("approval", "11510600MB0T0004", "阳光市行政审批局", "阳光市市民大道 8 号"),
    Company("A", "91510600MA620001", "蓉城置业有限公司", "阳光市青年路 16 号"),
    Company("B", "91510600MA620002", "锦江城建开发有限公司", "阳光市滨江路 27 号"),
    Company("C", "91510600MA620003", "岷江实业股份有限公司", "阳光市工业大道 33 号"),
    Company("D", "91510600MA620004", "天府商贸有限公司", "阳光市人民南路 5 号"),
    Company("E", "91510600MA620005", "蜀源资产经营有限公司", "阳光市建设路 41 号"),
)
PEOPLE = (
    Person("bidA", "陈安", (Role.BIDDER,), "A"),
    Person("bidB", "林博", (Role.BIDDER,), "B"),
    Person("bidC", "周晨", (Role.BIDDER,), "C"),
    Person("bidD", "吴东", (Role.BIDDER,), "D"),
    Person("bidE", "许恩", (Role.BIDDER,), "E"),
    Person("land1", "石磊", (Role.BIDDER,), "land"),
    Person("clerk1", "王敏", (Role.NOTICE_CLERK,), "centre"),
    Person("clerk2", "李娜", (Role.NOTICE_CLERK, Role.NOTICE_REVIEWER), "centre"),
    Person("host", "赵刚", (Role.HOST,), "centre"),
    Person("sup", "孙立", (Role.SUPERVISOR,), "assets"),
    Person("reviewer1", "郑洁", (Role.DEPARTMENT_REVIEWER,), "approval"),
    Person("reviewer2", "冯涛", (Role.DEPARTMENT_REVIEWER,), "approval"),
    Person("chief", "刘正", (Role.SECTION_CHIEF,), "approval"),
    Person("window", "何静", (Role.WINDOW_CLERK,), "approval"),
    Person("finance", "高远", (Role.FINANCE,), "centre"),
    Person("cashier", "罗兰", (Role.CASHIER,), "approval"),
    Person("auditor", "谢明", (Role.AUDITOR,), "assets"),
    Person("leader", "马骏", (Role.SUPERVISOR,), "approval"),
    Person("admin", "曹宇", (Role.ADMINISTRATOR,), "centre"),
)
