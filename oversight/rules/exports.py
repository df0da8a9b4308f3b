"""The life of an export (导出任务) and what its file is called."""

from enum import StrEnum

from kernel.machine import Table, Transition


class ExportFormat(StrEnum):
    """The bundle is the auditor's: with proofs, and a verifier that runs offline."""

    XLSX = "xlsx"
    CSV = "csv"
    JSONL = "jsonl"
    BUNDLE = "bundle"


class ExportState(StrEnum):
    """queued 排队 · running 进行 · done 完成 · failed 未完成 · cancelled 取消 · expired 到期."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


UNFINISHED = (ExportState.QUEUED, ExportState.RUNNING)

TABLE: Table[ExportState] = {
    (ExportState.QUEUED, "start"): Transition(ExportState.RUNNING),
    (ExportState.RUNNING, "start"): Transition(ExportState.RUNNING),
    (ExportState.RUNNING, "finish"): Transition(ExportState.DONE),
    (ExportState.RUNNING, "fail"): Transition(ExportState.FAILED),
    (ExportState.QUEUED, "cancel"): Transition(ExportState.CANCELLED),
    (ExportState.RUNNING, "cancel"): Transition(ExportState.CANCELLED),
    (ExportState.FAILED, "retry"): Transition(ExportState.QUEUED),
    (ExportState.CANCELLED, "retry"): Transition(ExportState.QUEUED),
    (ExportState.EXPIRED, "retry"): Transition(ExportState.QUEUED),
    (ExportState.DONE, "expire"): Transition(ExportState.EXPIRED),
}
"""`start` from running: the worker died and another one begins again."""

SUFFIXES = {
    ExportFormat.XLSX: "xlsx",
    ExportFormat.CSV: "csv",
    ExportFormat.JSONL: "jsonl",
    ExportFormat.BUNDLE: "zip",
}
CONTENT_TYPES = {
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSONL: "application/jsonl; charset=utf-8",
    ExportFormat.BUNDLE: "application/zip",
}


def file_name(code: str, form: ExportFormat) -> str:
    """Returns what the downloaded file is called: nobody is named in it."""
    return f"ledger-{code}.{SUFFIXES[form]}"


def percent(done: int, total: int) -> int:
    """Returns whole percents, at most 100; nothing to do is done."""
    return 100 if total <= 0 else min(100, done * 100 // total)


def seconds_left(*, elapsed_s: float, done: int, total: int) -> int | None:
    """Returns the seconds to go at the speed so far; None while nothing can be said."""
    if done <= 0 or done >= total or elapsed_s <= 0:
        return None
    return max(1, round(elapsed_s * (total - done) / done))
