"""Every kind of event and every family of streams that the code writes has its words."""

import inspect
import re
from importlib import import_module

import pytest

from config.settings import BASE_DIR
from oversight.rules.events import FAMILY_NAMES, KIND_NAMES

APPS = tuple("accounts approvals audit bidding documents law notices oversight trading".split())
STREAM = re.compile(r"""(?:stream=|stream = |return |STREAM = |note_stream\()f?"([a-z]+)/""")


def written_kinds() -> set[str]:
    modules = [import_module(f"{app}.events") for app in APPS]
    members = (inspect.getmembers(module, inspect.isclass) for module in modules)
    classes = [item for found in members for _name, item in found]
    return {item.kind for item in classes if isinstance(getattr(item, "kind", None), str)}


def sources() -> dict[str, str]:
    paths = (path for app in (*APPS, "config") for path in (BASE_DIR / app).rglob("*.py"))
    return {
        str(path.relative_to(BASE_DIR)): path.read_text()
        for path in paths
        if "migrations" not in path.parts
    }


def written_families() -> set[str]:
    return {family for text in sources().values() for family in STREAM.findall(text)}


def test_every_kind_has_its_words() -> None:
    assert written_kinds() <= set(KIND_NAMES)


def test_no_word_is_idle() -> None:
    texts = {name: text for name, text in sources().items() if name != "oversight/rules/events.py"}
    idle = {kind for kind in KIND_NAMES if not any(f'"{kind}"' in text for text in texts.values())}
    assert idle == set()


@pytest.mark.parametrize("family", sorted(FAMILY_NAMES))
def test_every_name_of_a_family_is_in_use(family: str) -> None:
    assert family in written_families()


def test_every_family_has_its_words() -> None:
    assert written_families() <= set(FAMILY_NAMES)
