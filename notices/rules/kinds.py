"""Notice kinds: their number code and mandatory fields, in the order they are printed.

A new kind is one entry here and one template. Field lists follow LD39 9 (listing), AUL 45-46
(auction), F50 (purchase) and LD39 22 (result)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """How a field is typed and shown."""

    LINE = "line"
    TEXT = "text"
    FEN = "fen"
    INSTANT = "instant"
    RATE = "rate"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `label` is the Chinese printed label; `is_derived` ones are never typed."""

    name: str
    label: str
    shape: Shape = Shape.LINE
    is_required: bool = True
    is_derived: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """`code` is the notice number's two digits."""

    name: str
    code: str
    label: str
    source: str
    fields: tuple[Field, ...]
    is_result: bool = False

    def missing(self, values: Mapping[str, object]) -> list[Field]:
        """The mandatory fields that are absent or blank."""
        return [
            field
            for field in self.fields
            if field.is_required and not str(values.get(field.name) or "").strip()
        ]


SIGN_PLACE = Field("sign_place", "合同签订地点", is_required=False)
"""The deal confirmation takes it from the published notice (AUC-14)."""
RESERVE = Field("reserve", "是否设底价", is_derived=True)
EXEMPTION = Field("exemption", "免予项目审批的依据", is_required=False, is_derived=True)
"""What frees the project of approval (LK-1): the reviewer approves it with the rest, the public
reads it."""


def derived(start: str, step: str) -> tuple[Field, ...]:
    """The lot's own figures, by what the kind calls its first price and its step."""
    return (
        Field("lot_no", "标的编号", is_derived=True),
        Field("start_fen", start, Shape.FEN, is_derived=True),
        Field("step_fen", step, Shape.FEN, is_derived=True),
        Field("deposit_fen", "保证金", Shape.FEN, is_derived=True),
        Field("opens_at", "竞价开始时间", Shape.INSTANT, is_derived=True),
        Field("ends_at", "竞价截止时间", Shape.INSTANT, is_derived=True),
        Field("deposit_cutoff_at", "保证金到账截止时间", Shape.INSTANT, is_derived=True),
        Field("bidding_rules", "竞价规则", Shape.TEXT, is_derived=True),
        EXEMPTION,
    )


DERIVED_SALE = derived("起始价", "加价幅度")
CONTACT = (
    Field("contact", "联系人"),
    Field("contact_phone", "联系电话", Shape.PHONE),
    Field("contact_address", "联系地址"),
)

LAND_LISTING = Kind(
    "land_listing",
    "11",
    "国有建设用地使用权挂牌出让公告",
    "LD39 9",
    (
        Field("assignor", "出让人"),
        Field("location", "宗地位置与四至", Shape.TEXT),
        Field("space", "空间范围"),
        Field("area", "出让面积"),
        Field("land_use", "土地用途"),
        Field("term", "出让年限"),
        Field("planning", "规划指标要求", Shape.TEXT),
        Field("land_state", "土地现状", Shape.TEXT),
        Field("qualification", "竞买人资格", Shape.TEXT),
        Field("documents", "出让文件的获取时间、地点与方式", Shape.TEXT),
        Field("listing_place", "挂牌地点"),
        Field("winner_rule", "确定竞得人的方法", Shape.TEXT),
        SIGN_PLACE,
        *DERIVED_SALE,
        RESERVE,
        *CONTACT,
    ),
)
ASSET_AUCTION = Kind(
    "asset_auction",
    "21",
    "资产网络竞价公告",
    "AUL 45-46",
    (
        Field("entrusting_unit", "委托单位"),
        Field("description", "标的概况", Shape.TEXT),
        Field("display", "展示时间与地点", Shape.TEXT),
        Field("qualification", "竞买人资格", Shape.TEXT),
        Field("winner_rule", "成交规则", Shape.TEXT),
        Field("sign_limit", "合同签订期限", is_required=False),
        SIGN_PLACE,
        *DERIVED_SALE,
        RESERVE,
        *CONTACT,
    ),
)
REVERSE_AUCTION = Kind(
    "reverse_auction",
    "31",
    "采购反向竞价公告",
    "F50",
    (
        Field("purchaser", "采购单位"),
        Field("requirement", "采购需求", Shape.TEXT),
        Field("contract_period", "合同履行期限"),
        Field("qualification", "供应商资格", Shape.TEXT),
        Field("consortium", "是否接受联合体"),
        Field("documents", "采购文件获取方式", Shape.TEXT),
        Field("winner_rule", "成交规则", Shape.TEXT),
        SIGN_PLACE,
        *derived("最高限价", "降价幅度"),
        *CONTACT,
    ),
)


def said_before(name: str, label: str, shape: Shape = Shape.LINE) -> Field:
    """What a result notice repeats of the notice that announced the lot, if that one says it."""
    return Field(name, label, shape, is_required=False, is_derived=True)


@dataclass(frozen=True, slots=True)
class ResultWords:
    """What one kind of deal calls its first figure and its gain, and what of the object the
    result repeats."""

    start: str
    rate: str
    gain: str
    object_fields: tuple[Field, ...] = ()


def result_kind(name: str, code: str, label: str, source: str, words: ResultWords) -> Kind:
    """A result notice: everything in it comes from the record, nothing is retyped."""
    fields = (
        Field("lot_no", "标的编号", is_derived=True),
        Field("lot_title", "标的名称", is_derived=True),
        *words.object_fields,
        Field("notice_no", "原公告编号", is_derived=True),
        Field("winner", "成交人", is_derived=True),
        Field("plate", "竞买号", is_derived=True),
        Field("start_fen", words.start, Shape.FEN, is_derived=True),
        Field("price_fen", "成交价", Shape.FEN, is_derived=True),
        Field("gain_fen", words.gain, Shape.FEN, is_derived=True),
        Field("gain_rate", words.rate, Shape.RATE, is_derived=True),
        Field("ended_at", "成交时间", Shape.INSTANT, is_derived=True),
        Field("objection", "异议提出方式", Shape.TEXT, is_derived=True),
    )
    return Kind(name, code, label, source, fields, is_result=True)


SALE_WORDS = ResultWords("起始价", "溢价率", "溢价")
LAND_WORDS = ResultWords(
    "起始价",
    "溢价率",
    "溢价",
    (
        said_before("location", "宗地位置与四至", Shape.TEXT),
        said_before("area", "出让面积"),
        said_before("land_use", "土地用途"),
        said_before("term", "出让年限"),
    ),
)
PURCHASE_WORDS = ResultWords(
    "最高限价",
    "节约率",
    "节约资金",
    (said_before("purchaser", "采购单位"), said_before("contract_period", "合同履行期限")),
)
LAND_RESULT = result_kind("land_result", "12", "土地出让成交结果公示", "LD39 22", LAND_WORDS)
ASSET_RESULT = result_kind("asset_result", "22", "资产交易成交结果公告", "E32", SALE_WORDS)
PURCHASE_RESULT = result_kind("purchase_result", "32", "采购成交结果公告", "GPR 43", PURCHASE_WORDS)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        LAND_LISTING,
        ASSET_AUCTION,
        REVERSE_AUCTION,
        LAND_RESULT,
        ASSET_RESULT,
        PURCHASE_RESULT,
    )
}

CATEGORIES: Mapping[str, str] = {
    "01": "工程建设",
    "02": "政府采购",
    "03": "土地使用权",
    "04": "矿业权",
    "05": "国有产权",
    "90": "其他资源",
}
"""Trading categories by their code in the national data standard."""
