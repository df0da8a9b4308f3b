"""The desk of presets: made after one in force, tried out, proposed, decided by another."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organisation
from bidding import catalogue
from bidding.models import PresetProposal
from kernel.actors import Actor, Role
from tests.worlds.city import organisation, person
from tests.worlds.pages import browser
from tests.worlds.presets import city_vectors

pytestmark = pytest.mark.django_db
FORM = "/staff/presets/TC/new/"
TYPED = {
    "preset": "KS",
    "version": "2026.1",
    "title": "挂牌出让（昆山）",
    "step_mode": "multiple",
    "inquiry_s": "300",
    "countdown_s": "300",
    "free_stop_s": "0",
    "outage_limit_s": "10",
    "refusals_per_s": "5",
    "citation": "AUC-06 | 昆山规则第 9 条 | P",
    "vectors": json.dumps(city_vectors(), ensure_ascii=False),
}


@pytest.fixture
def office() -> Organisation:
    catalogue.preset.cache_clear()
    return organisation("信息科", 9009)


@pytest.fixture
def ada(office: Organisation) -> Actor:
    return person("ada", office, Role.ADMINISTRATOR)


@pytest.fixture
def ben(office: Organisation) -> Actor:
    return person("ben", office, Role.ADMINISTRATOR)


def text(response: Any) -> str:
    found: str = response.content.decode()
    return found


def proposed(client: Client) -> PresetProposal:
    response = client.post(FORM, {**TYPED, "propose": ""})
    assert response.status_code == 302, faults(text(response))
    return PresetProposal.objects.get()


def faults(page: str) -> dict[str, str]:
    """The error beside each field."""
    return dict(re.findall(r'id="id_(\w+)_error">.*?<span>(.*?)</span></span>', page, re.DOTALL))


def test_the_desk_shows_what_is_in_force(ada: Actor, django_assert_max_num_queries: Any) -> None:
    client = browser(ada)
    client.get("/staff/presets/")
    with django_assert_max_num_queries(7):
        page = text(client.get("/staff/presets/"))
    for code in catalogue.presets():
        assert f"/staff/presets/{code}/new/" in page
    assert "本中心制定" not in page


def test_the_form_begins_as_the_next_version_and_holds(ada: Actor) -> None:
    client = browser(ada)
    page = text(client.get(FORM))
    assert re.search(r'name="preset"[^>]*value="TC"', page)
    assert re.search(r'name="version"[^>]*value="2026\.2"', page)
    assert re.search(r'name="countdown_s"[^>]*value="240"', page)
    assert "S3, main line" in page


def test_trying_out_keeps_nothing_and_shows_each_vector(ada: Actor) -> None:
    response = browser(ada).post(FORM, {**TYPED, "try": ""})
    page = text(response)
    assert response.status_code == 200
    assert "SIP: who did not confirm" in page
    assert "成立" in page
    assert "不成立" not in page
    assert not PresetProposal.objects.exists()


def test_a_vector_that_fails_is_shown_with_the_difference_and_nothing_is_lost(ada: Actor) -> None:
    response = browser(ada).post(FORM, {**TYPED, "countdown_s": "299", "propose": ""})
    page = text(response)
    assert response.status_code == 422
    assert "不成立的算例：1 个" in page
    assert "outcome.ended_at" in page
    assert "10:06:00" in page
    assert "10:05:59" in page
    assert re.search(r'name="countdown_s"[^>]*value="299"', page)
    assert "昆山规则第 9 条" in page
    assert not PresetProposal.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"preset": "ks"}, "preset", "代码须为"),
        ({"preset": "ASC"}, "preset", "已用于另一种竞价方式"),
        ({"preset": "TC"}, "version", "版本须比现行版本新"),
        ({"version": "1"}, "version", "年份加序号"),
        ({"title": ""}, "title", ""),
        ({"countdown_s": "0"}, "countdown_s", "不能为零"),
        ({"countdown_s": "-5"}, "countdown_s", ""),
        ({"countdown_s": "1e9"}, "countdown_s", ""),
        ({"countdown_s": "２４０"}, "countdown_s", ""),
        ({"inquiry_s": "9999999"}, "inquiry_s", "没有自由报价的时间"),
        ({"step_mode": "any"}, "step_mode", ""),
        ({"citation": "AUC-06"}, "citation", "不是三段"),
        ({"citation": "AUC-06 | 某规则 | X"}, "citation", "可信程度"),
        ({"vectors": "["}, "vectors", "不是 JSON：第 1 行"),
        ({"vectors": "{}"}, "vectors", "JSON 列表"),
        ({"vectors": "[]"}, "vectors", "是空的"),
        ({"vectors": "[" * 50_000}, "vectors", ""),
        ({"vectors": '[{"name":"a","question":{},"expect":{}}]'}, "vectors", "证明不了什么"),
    ],
)
def test_bad_input_is_told_at_its_field(
    ada: Actor, changes: dict[str, str], field: str, words: str
) -> None:
    response = browser(ada).post(FORM, {**TYPED, **changes, "propose": ""})
    assert response.status_code == 422
    assert words in faults(text(response))[field]
    assert not PresetProposal.objects.exists()


def test_another_administrator_approves(ada: Actor, ben: Actor) -> None:
    found = proposed(browser(ada))
    address = f"/staff/presets/proposals/{found.pk}/"
    assert "须由另一位管理员批准" in text(browser(ada).get(address))
    assert browser(ada).post(f"{address}approve/").status_code == 403
    other = browser(ben)
    page = text(other.get(address))
    assert "批准并生效" in page
    assert "昆山规则第 9 条" in page
    assert other.post(f"{address}approve/").status_code == 302
    assert "本中心制定" in text(other.get("/staff/presets/"))
    assert other.post(f"{address}approve/").status_code == 409
    assert "已批准" in text(other.get(address))
    assert "批准并生效" not in text(other.get(address))


def test_a_new_version_shows_what_changes(ada: Actor, ben: Actor) -> None:
    typed = {**TYPED, "preset": "TC", "version": "2026.2"}
    assert browser(ada).post(FORM, {**typed, "propose": ""}).status_code == 302
    found = PresetProposal.objects.get()
    page = text(browser(ben).get(f"/staff/presets/proposals/{found.pk}/"))
    assert page.count("有变化") == 1
    assert "现行版本 2026.1" in page


def test_a_rejection_asks_for_its_reason(ada: Actor, ben: Actor) -> None:
    found = proposed(browser(ada))
    client, address = browser(ben), f"/staff/presets/proposals/{found.pk}/reject/"
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "倒计时过长"}).status_code == 302
    assert "倒计时过长" in text(client.get("/staff/presets/"))


def test_a_second_proposal_waits_for_the_first(ada: Actor) -> None:
    client = browser(ada)
    proposed(client)
    response = client.post(FORM, {**TYPED, "version": "2026.2", "propose": ""})
    assert response.status_code == 422
    assert "等待批准" in text(response)
    assert "昆山规则第 9 条" in text(response)


def test_what_does_not_exist_is_404(ada: Actor) -> None:
    client = browser(ada)
    assert client.get("/staff/presets/XX/new/").status_code == 404
    assert client.get("/staff/presets/proposals/99/").status_code == 404
    assert client.post("/staff/presets/proposals/99/approve/").status_code == 404
