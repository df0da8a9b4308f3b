"""The Chinese of the shipped data is set as Chinese is, and what pages show of it has English."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bidding.data import preset_rows
from notices.rules.kinds import CATEGORIES, KINDS
from tests.architecture.measures import python_files

ROOT = Path(__file__).resolve().parents[2]
CJK = r"[\u3400-\u9fff]"
HALF = re.compile(rf"{CJK}[,:;?!()]|[,:;?!()]{CJK}")
DATA = sorted(path for path in ROOT.glob("*/data/**/*.json") if ROOT / "tests" not in path.parents)
PARTS = sorted((ROOT / "locale" / "parts").glob("*.en.tsv"))


EXPORTED = {"金额(元)", "金额合计(元)"}
"""Heads of exported tables: programs read them by name."""


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def half_width(found: Iterator[str]) -> list[str]:
    """Chinese texts with a comma, a colon or a bracket of the Latin script."""
    return [text for text in found if HALF.search(text)]


@pytest.mark.parametrize("path", DATA, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_data_s_chinese_has_chinese_punctuation(path: Path) -> None:
    assert half_width(texts(json.loads(path.read_text()))) == []


def test_so_has_the_interface_s() -> None:
    lines = (line for path in PARTS for line in path.read_text().splitlines())
    assert half_width(line.partition("\t")[0] for line in lines) == []


def literals(source: str) -> Iterator[str]:
    """The texts that code holds, docstrings apart."""
    tree = ast.parse(source)
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def test_so_has_the_code_s() -> None:
    found = {text for path in python_files(ROOT) for text in half_width(literals(path.read_text()))}
    assert found == EXPORTED


def test_a_text_in_code_is_found() -> None:
    source = '"""说明,不算。"""\nline = f"{why},流拍 (AUC-05)"\n"""也,不算。"""\n'
    assert half_width(literals(source)) == [",流拍 (AUC-05)"]


def test_half_width_punctuation_is_found() -> None:
    assert len(DATA) > 3
    row = {
        "title": "挂牌出让(太仓)",
        "more": ["网络拍卖:增价", "增价,顺延", "12:30 至 13:00", "增价，顺延"],
    }
    assert half_width(texts(row)) == ["挂牌出让(太仓)", "网络拍卖:增价", "增价,顺延"]


def test_every_name_in_the_data_has_its_english() -> None:
    known = {line.partition("\t")[0] for path in PARTS for line in path.read_text().splitlines()}
    names = {row.title for row in preset_rows()} | set(CATEGORIES.values())
    for kind in KINDS.values():
        names |= {kind.label, *(field.label for field in kind.fields)}
    assert names - known == set()
