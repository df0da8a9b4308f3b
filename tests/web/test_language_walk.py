"""Both languages are complete: every message has its English, and no page mixes the two."""

import importlib.machinery
import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import Client

from tests.worlds import walk
from tests.worlds.crawl import Answer, crawl
from tests.worlds.language import (
    chinese_in_english,
    chinese_labels,
    english_in_chinese,
    words,
)

ROOT = Path(__file__).resolve().parents[2]


def the_tool() -> ModuleType:
    """bin/messages, as a module."""
    loader = importlib.machinery.SourceFileLoader("messages_tool", str(ROOT / "bin" / "messages"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


# ── the catalogue ─────────────────────────────────────────────────────────────────────────────


def test_every_message_has_its_english() -> None:
    tool = the_tool()
    assert tool.missing(tool.merged()) == {}


def test_a_message_without_english_is_named_with_its_place() -> None:
    tool = the_tool()
    catalogue = tool.merged()
    del catalogue["搜索"]
    assert tool.missing(catalogue)["搜索"] == "templates/components/masthead.html:3"


def test_english_keeps_the_placeholders() -> None:
    tool = the_tool()
    assert tool.differing(tool.merged()) == []
    assert tool.differing({"共 %(total)s 条": "%(count)s in all"}) != []


@pytest.mark.parametrize(
    ("template", "msgid"),
    [
        ('{% translate "公告" as label %}', "公告"),
        ("{% translate '折扣 5%' %}", "折扣 5%%"),
        ("{% blocktranslate %}第 {{ n }} 页{% endblocktranslate %}", "第 %(n)s 页"),
        (
            "{% blocktranslate trimmed with n=page.n %}\n 共 {{ n }}\n 条\n{% endblocktranslate %}",
            "共 %(n)s 条",
        ),
        ('{{ name|default:_("平台") }}', "平台"),
    ],
)
def test_templates_are_read_as_django_reads_them(template: str, msgid: str) -> None:
    assert [found for found, _line in the_tool().in_template(template)] == [msgid]


def test_code_is_read_by_its_syntax() -> None:
    code = 'a = _("公告")\nb = gettext_noop("变更"\n "公告")\nc = other("不")\n'
    assert list(the_tool().in_code(code)) == [("公告", 1), ("变更公告", 2)]


# ── the pages ─────────────────────────────────────────────────────────────────────────────────


def reader(client: Client, language: str) -> Any:
    """How this browser asks for an address in a language, as a reader's link would."""
    client.cookies["django_language"] = language

    def fetch(path: str) -> Answer:
        response = client.get(path, follow=True)
        chain = getattr(response, "redirect_chain", [])
        content_type = response.headers.get("Content-Type", "")
        is_html = content_type.startswith("text/html")
        text = response.content.decode() if is_html else ""
        return Answer(chain[-1][0] if chain else path, response.status_code, content_type, text)

    return fetch


@pytest.mark.django_db
def test_no_page_mixes_its_languages() -> None:
    """Every kind of page that each role reaches by links, in both languages. What is data stays
    Chinese and says so with `lang`. No link leads where its reader may not go."""
    walk.build()
    mixed: list[str] = []
    for role, client in walk.browsers().items():
        for language, declared, check in (
            ("en", "en", chinese_in_english),
            ("zh-hans", "zh-Hans", english_in_chinese),
        ):
            pages, dead = crawl(reader(client, language))
            mixed += [f"{role}: {link}" for link in dead]
            assert len(pages) > 5, role
            for path, page in pages.items():
                assert words(page.text).page_language == declared, path
                mixed += [f"{path} ({role}, {language}): {text}" for text in check(page.text)]
                if language == "en":
                    labels = chinese_labels(page.text)
                    mixed += [f"{path} ({role}): {text}" for text in ten_thousands(path, page.text)]
                    mixed += [f"{path} ({role}): the label {text}" for text in labels]
    assert mixed == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/accounts/login/", {"login": "nobody", "password": "wrong"}),
        ("/accounts/login/", {}),
        ("/verify/", {}),
        ("/verify/", {"code": "no such code"}),
    ],
)
def test_what_is_refused_is_refused_in_the_readers_language(
    path: str, values: dict[str, str]
) -> None:
    client = Client()
    client.cookies["django_language"] = "zh-hans"
    assert english_in_chinese(client.post(path, values).content.decode()) == []
    client.cookies["django_language"] = "en"
    assert chinese_in_english(client.post(path, values).content.decode()) == []


@pytest.mark.django_db
def test_a_page_not_found_speaks_the_readers_language() -> None:
    client = Client()
    client.cookies["django_language"] = "en"
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert chinese_in_english(response.content.decode()) == []


UNIT_CHOICE = re.compile(r"<option[^>]*>10k CNY</option>")


def ten_thousands(path: str, html: str) -> list[str]:
    """Amounts in a unit that English does not count in. A room has one unit for everybody, and who
    types an amount chooses its unit."""
    if path.startswith("/rooms/"):
        return []
    return re.findall(r"[^>]{0,20}10k CNY", UNIT_CHOICE.sub("", html))


# ── the net itself ────────────────────────────────────────────────────────────────────────────


def test_unmarked_chinese_is_found() -> None:
    page = (
        '<html lang="en"><p>Sale of <b lang="zh-Hans">地块</b> 出让</p><input title="搜索"></html>'
    )
    assert chinese_in_english(page) == ["出让", "搜索"]


@pytest.mark.parametrize(
    "label",
    [
        '<dl lang="zh-Hans"><dt>起始价</dt><dd>12</dd></dl>',
        '<table><tr><th scope="col"><span lang="zh-Hans">起始价</span></th></tr></table>',
        '<label class="field__label"><b lang="zh-Hans">起始价</b></label>',
        '<select lang="zh-Hans"><option value="TC">起始价</option></select>',
    ],
)
def test_a_label_is_ours_even_where_it_is_marked_as_chinese(label: str) -> None:
    page = f'<html lang="en"><p lang="zh-Hans">地块</p>{label}<p lang="zh-Hans">出让</p></html>'
    assert chinese_in_english(page) == []
    assert chinese_labels(page) == ["起始价"]


def test_an_english_sentence_is_found_on_a_chinese_page() -> None:
    page = '<html lang="zh-Hans"><p>This field is required.</p><p lang="en">No fault of ours</p>'
    assert english_in_chinese(page) == ["This field is required."]
