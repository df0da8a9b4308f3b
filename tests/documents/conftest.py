"""A key and signed samples, made once a session."""

from pathlib import Path

import pytest

from documents.services.keys import SealKey
from tests.worlds import documents as world
from tests.worlds import prints


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "documents"


@pytest.fixture(scope="session")
def key(key_folder: Path) -> SealKey:
    return prints.seal_key(key_folder)


@pytest.fixture(scope="session")
def deal(key: SealKey) -> prints.Print:
    return prints.print_paper(world.deal_confirmation(), key)


@pytest.fixture(scope="session")
def qualification(key: SealKey) -> prints.Print:
    return prints.print_paper(world.qualification(), key)
