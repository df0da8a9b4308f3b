"""Sample papers, as the apps would order them. People and firms are made up."""

from dataclasses import replace
from datetime import date, datetime

from documents.rules.papers import (
    AcceptanceNotice,
    DealConfirmation,
    GrantDecision,
    Member,
    PaperContext,
    Qualification,
)
from kernel.clock import CHINA
from kernel.money import capitals

AT = datetime(2026, 11, 26, 10, 47, 3, 204000, tzinfo=CHINA)
RARE_NAME = "𠮷田㼆置业有限公司"
LONG_NAME = "阳光市城北新区综合开发投资建设（集团）有限责任公司" * 3


def deal_confirmation(**changes: object) -> DealConfirmation:
    price_fen = 8_160_000_000
    return replace(
        DealConfirmation(
            procedure="land_listing",
            lot_no="510600-2026-03-00001-001",
            lot_name="阳光市城北新区2026-07号地块（东至学府路、南至规划二路）",
            area="41,253.60 平方米",
            notice_no="510600-2026-03-00001-001-NGG01",
            listing_from_on=date(2026, 10, 30),
            listing_until_on=date(2026, 11, 26),
            seller="阳光市自然资源和规划局",
            winner="天府置业有限公司",
            winner_code="91510600MA62A00T4X",
            plate="A83",
            members=(
                Member(name="天府置业有限公司", share="60.00"),
                Member(name="蓉江建设有限公司", share="40.00"),
            ),
            project_company="天府蓉江（阳光）置业有限公司",
            start_fen=8_000_000_000,
            price_fen=price_fen,
            price_capitals=capitals(price_fen),
            rate="2.00",
            dealt_at=AT,
            sign_until_on=date(2026, 12, 6),
            sign_place="阳光市公共资源交易中心三楼签约室",
            deposit_clause="竞得人已交纳的竞买保证金自动转作受让地块的定金。",
            forfeiture_clause="竞得人逾期不签订出让合同的，视为放弃竞得资格，竞买保证金不予退还，并依法承担违约责任。",
            tax_clause="交易服务费按公示标准收取；出让过程中发生的税费由双方依法各自承担。",
        ),
        **changes,
    )


def qualification(**changes: object) -> Qualification:
    deposit_fen = 1_600_000_000
    return replace(
        Qualification(
            lot_no="510600-2026-03-00001-001",
            lot_name="阳光市城北新区2026-07号地块",
            notice_no="510600-2026-03-00001-001-NGG01",
            bidder="天府置业有限公司",
            bidder_code="91510600MA62A00T4X",
            plate="A83",
            deposit_fen=deposit_fen,
            deposit_capitals=capitals(deposit_fen),
            deposit_booked_at=AT,
            confirmed_at=AT,
            bidding_opens_at=AT,
            room_code="7KQ2MX9D",
        ),
        **changes,
    )


def acceptance_notice(**changes: object) -> AcceptanceNotice:
    return replace(
        AcceptanceNotice(
            case_no="SL20261103-0182",
            item_code="SG-XK",
            item_name="建设工程规划许可",
            organ="阳光市行政审批局",
            applicant="阳光市城投集团有限公司",
            applicant_code="91510600MA62A00T4X",
            project_no="510600-2026-03-00001",
            received_on=date(2026, 11, 2),
            accepted_on=date(2026, 11, 3),
            promised_wd=7,
            statutory_wd=20,
            promised_on=date(2026, 11, 12),
            statutory_on=date(2026, 12, 1),
            materials=("申请书", "法人身份证明", "总平面图及电子文件", "用地批准文件"),
            fee_note="本事项不收费",
            enquiry="阳光市政务服务中心二楼 12 号窗口，电话 0838-0000000",
        ),
        **changes,
    )


def grant_decision(**changes: object) -> GrantDecision:
    return replace(
        GrantDecision(
            case_no="SL20261103-0182",
            item_code="SG-XK",
            item_name="建设工程规划许可",
            organ="阳光市行政审批局",
            applicant="阳光市城投集团有限公司",
            applicant_code="91510600MA62A00T4X",
            project_no="510600-2026-03-00001",
            project_name="城北新区2026-07号地块开发项目",
            decision="准予阳光市城投集团有限公司建设工程规划许可。",
            bases=("《中华人民共和国城乡规划法》第四十条", "《四川省城乡规划条例》第四十五条"),
            conditions=("按批准的总平面图组织实施，不得擅自变更。", "开工前办理施工许可。"),
            accepted_on=date(2026, 11, 3),
            decided_on=date(2026, 11, 10),
        ),
        **changes,
    )


def every_kind() -> list[PaperContext]:
    return [deal_confirmation(), qualification(), acceptance_notice(), grant_decision()]
