"""Logs: JSON lines with the request's id, constant messages, no secret, no local variable."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest

from config.logs import logging_config, request_id


@pytest.fixture
def lines() -> Iterator[Any]:
    """Logs one record as production does and returns it parsed."""
    stream = io.StringIO()
    config = logging_config(level="INFO", as_json=True)
    formatter = config["formatters"]["structured"]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        formatter["()"](**{key: formatter[key] for key in formatter if key != "()"})
    )
    logger = logging.getLogger("tests.structured")
    logger.addHandler(handler)
    logger.propagate = False

    def written() -> list[dict[str, Any]]:
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield logger, written
    logger.removeHandler(handler)


def test_a_line_has_its_message_its_fields_and_the_request(lines: Any) -> None:
    logger, written = lines
    token = request_id.set("a1b2c3d4e5f6")

    logger.warning("a due row could not be acted on", extra={"due": "lot publication"})

    request_id.reset(token)
    (line,) = written()
    assert line["event"] == "a due row could not be acted on"
    assert (line["due"], line["request_id"], line["level"]) == (
        "lot publication",
        "a1b2c3d4e5f6",
        "warning",
    )


@pytest.mark.parametrize("name", ["password", "reserve_fen", "session_key", "phone", "api_token"])
def test_a_field_named_like_a_secret_is_hidden(lines: Any, name: str) -> None:
    logger, written = lines

    logger.warning("something", extra={name: "8812345"})

    assert written()[0][name] == "[hidden]"


def test_a_traceback_shows_no_local_variable(lines: Any) -> None:
    logger, written = lines

    def fail(reserve: int) -> None:
        raise ValueError("no")

    try:
        fail(99887766)
    except ValueError:
        logger.exception("it failed")

    text = json.dumps(written())
    assert "ValueError: no" in text
    assert "99887766" not in text.replace("fail(99887766)", "")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_refused_request_has_its_line_everywhere(
    caplog: pytest.LogCaptureFixture, *, as_json: bool
) -> None:
    from django.test import Client

    level = logging_config(level="INFO", as_json=as_json)["loggers"]["config.requests"]["level"]
    with caplog.at_level(level, logger="config.requests"):
        Client().get("/nowhere/?q=13800001234")
        Client().get("/healthz")

    lines = [item for item in caplog.records if item.name == "config.requests"]
    found = [
        (item.getMessage(), item.path, item.status) for item in lines if item.levelname == "WARNING"
    ]
    assert found == [("request refused", "/nowhere/", 404)]
    assert len(lines) == (2 if as_json else 1)
    assert "13800001234" not in str([item.__dict__ for item in lines])


def test_a_request_writes_one_line(caplog: pytest.LogCaptureFixture) -> None:
    from django.test import Client

    logging.getLogger("config.requests").setLevel("INFO")
    with caplog.at_level("INFO", logger="config.requests"):
        Client().get("/healthz?q=13800001234")

    (record,) = [item for item in caplog.records if item.name == "config.requests"]
    assert (record.getMessage(), record.path, record.status) == ("request", "/healthz", 200)
    assert "13800001234" not in str(record.__dict__)
