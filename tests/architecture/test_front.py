"""Templates, styles, browser modules and documents keep the house's rules; each check is shown to
find a planted fault."""

import shutil
from pathlib import Path

import pytest

from tests.architecture import measures
from tests.architecture.measures import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what browsers and readers get, in which a test may plant a fault."""
    for folder in ("templates", "static", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for app in measures.APPS:
        shutil.copytree(ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__"))
    for page in measures.PAGES:
        if (ROOT / page).is_file():
            shutil.copy(ROOT / page, tmp_path / page)
    return tmp_path


def plant(root: Path, place: str, text: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + text)


def test_rows_are_locked_in_locks_alone() -> None:
    assert measures.stray_locks(ROOT) == []


def test_a_lock_elsewhere_is_found(copy: Path) -> None:
    plant(copy, "law/services.py", "\nrows = Rule.objects.select_for_update().all()\n")
    assert len(measures.stray_locks(copy)) == 1


def test_templates_have_no_inline_code() -> None:
    assert measures.inline_code(ROOT) == []


@pytest.mark.parametrize(
    "fault",
    [
        "<style>p{}</style>",
        '<p style="color:red">',
        "<script>alert(1)</script>",
        '<button onclick="x()">',
        '<a href="javascript:x()">',
        "{{ note|safe }}",
    ],
)
def test_inline_code_is_found(copy: Path, fault: str) -> None:
    plant(copy, "templates/trading/planted.html", fault)
    assert [item.where for item in measures.inline_code(copy)] == ["templates/trading/planted.html"]


@pytest.mark.parametrize(
    "harmless",
    [
        '<script type="module" src="{% static \'js/page.js\' %}"></script>',
        '<script id="x" type="application/json">{}</script>',
        "{{ field.help_text|safe }}",
        '<p data-on="1">on = 1</p>',
    ],
)
def test_what_the_policy_allows_is_let_pass(copy: Path, harmless: str) -> None:
    plant(copy, "templates/trading/planted.html", harmless)
    assert measures.inline_code(copy) == []


def test_nothing_is_loaded_from_another_host() -> None:
    assert measures.other_hosts(ROOT) == []


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        ("templates/x.html", '<script src="https://cdn.example/x.js"></script>'),
        ("templates/x.html", '<link rel="stylesheet" href="//fonts.example/x.css">'),
        ("static/css/x.css", "@import url(https://fonts.example/x.css);"),
        ("static/css/x.css", "a { background: url('//img.example/x.png') }"),
        ("static/js/x.js", 'import { x } from "https://esm.example/x.js";'),
        ("static/js/x.js", 'fetch("https://api.example/")'),
    ],
)
def test_another_host_is_found(copy: Path, place: str, fault: str) -> None:
    plant(copy, place, fault)
    assert [item.where for item in measures.other_hosts(copy)] == [place]


def test_no_chinese_stands_outside_a_translation() -> None:
    assert measures.untranslated(ROOT) == []


def test_an_untranslated_word_is_found(copy: Path) -> None:
    plant(copy, "templates/trading/planted.html", '<p>报名</p>{% translate "公告" %}{# 注释 #}')
    assert [item.what for item in measures.untranslated(copy)] == ["报名"]


def test_styles_and_modules_are_short() -> None:
    assert measures.long_front_files(ROOT) == []


def test_a_long_style_is_found(copy: Path) -> None:
    before = measures.long_front_files(copy)
    plant(copy, "static/css/planted.css", "a{}\n" * 401)
    found = [item for item in measures.long_front_files(copy) if item not in before]
    assert [item.where for item in found] == ["static/css/planted.css"]


def test_every_page_of_the_house_is_there() -> None:
    assert measures.missing_pages(ROOT) == []


def test_a_missing_page_is_found(copy: Path) -> None:
    (copy / "docs" / "glossary.md").unlink()
    assert "docs/glossary.md" in measures.missing_pages(copy)


def test_links_between_pages_lead_somewhere() -> None:
    assert measures.dead_links(ROOT) == []


def test_a_dead_link_is_found(copy: Path) -> None:
    before = measures.dead_links(copy)
    plant(copy, "docs/runbook.md", "\nSee [there](nowhere.md).\n")
    found = [item for item in measures.dead_links(copy) if item not in before]
    assert [item.what for item in found] == ["nowhere.md"]
