"""A paper on screen and on print: text layer, pixels, PDF/A, page breaks."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from documents.rules.papers import Member, PaperContext
from documents.services import rendering
from documents.services.keys import SealKey
from kernel.errors import Invalid
from tests.worlds import documents as world
from tests.worlds import prints

SAME, RARE = 0.80, "𠮷㼆龘鿏㙍"
ONE_GLYPH = (
    '<html lang="zh-Hans"><body style="margin:0">'
    '<p style="font: 160pt/200pt Noto Serif CJK SC">{}</p><div id="seal"></div></body></html>'
)


@pytest.mark.parametrize("context", world.every_kind(), ids=lambda item: item.kind)
def test_the_text_layer_says_every_value(context: PaperContext, key: SealKey) -> None:
    text = prints.squeezed(prints.print_paper(context, key).pdf)
    content = context.content()
    for name in ("lot_name", "winner", "bidder", "applicant", "item_name", "decision", "enquiry"):
        assert "".join(content.get(name, "").split()) in text
    assert context.heading in text
    assert f"编号：{prints.NUMBER}" in text
    assert "第1页/共1页" in text


def test_a_deal_confirmation_holds_all_fields_of_the_rule(deal: prints.Print) -> None:
    text = prints.squeezed(deal.pdf)
    for shown in (
        "510600-2026-03-00001-001",
        "41,253.60平方米",
        "510600-2026-03-00001-001-NGG01",
        "2026年10月30日至2026年11月26日",
        "天府置业有限公司60.00%",
        "蓉江建设有限公司40.00%",
        "天府蓉江（阳光）置业有限公司",
        "人民币捌仟壹佰陆拾万元整",
        "81,600,000.00元",
        "2026年11月26日10:47:03.204",
        "2026年12月6日前，于阳光市公共资源交易中心三楼签约室签订",
        "竞买保证金不予退还",
        "税费由双方依法各自承担",
        "出让人（盖章）",
        "竞得人（盖章）",
    ):
        assert shown in text


def test_empty_fields_are_struck() -> None:
    html = prints.page_of(
        prints.Document(kind="deal_confirmation", drawn_at=world.AT, openings={}),
        {
            "title": "",
            "issuer": "",
            "content": world.deal_confirmation(members=(), project_company=None).content(),
        },
    )
    assert html.count('<td colspan="3">/</td>') == 2


def test_a_sale_of_one_day_names_the_day_once() -> None:
    on = world.deal_confirmation().listing_until_on
    context = world.deal_confirmation(procedure="asset_auction", listing_from_on=on)
    entry = {"title": "", "issuer": "", "content": context.content()}
    html = prints.page_of(
        prints.Document(kind="deal_confirmation", drawn_at=world.AT, openings={}), entry
    )
    assert '<td colspan="3">2026年11月26日</td>' in html
    assert "至2026年" not in html


# ── pixels ──────────────────────────────────────────────────────────────────────────────────────
def printed(character: str) -> Any:
    pdf = rendering.render(ONE_GLYPH.format(character), attached=[], at=world.AT).pdf
    picture = prints.picture_of(pdf, dpi=72)
    return picture.crop((0, 0, picture.width, picture.height // 2))


@pytest.mark.parametrize("character", [*RARE, *"国有建设用地使用权成交确认书捌仟壹佰陆拾万元整"])
def test_the_pixels_are_the_glyph_of_the_font(character: str) -> None:
    """Sliced or missing fonts print boxes or other characters while the text layer stays right."""
    assert prints.likeness(printed(character), prints.glyph_of(character)) > SAME


@pytest.mark.parametrize(("one", "other"), [("𠮷", "吉"), ("建", "健"), ("贰", "叁"), ("㼆", "瓈")])
def test_another_glyph_would_be_noticed(one: str, other: str) -> None:
    assert prints.likeness(printed(one), prints.glyph_of(other)) < SAME


def test_rare_characters_stand_in_the_text_layer(key: SealKey) -> None:
    made = prints.print_paper(world.deal_confirmation(winner=world.RARE_NAME), key)
    assert world.RARE_NAME in prints.squeezed(made.pdf)


@pytest.mark.parametrize("character", ["\U000323af", "\U0002a6d6", "\U0001f0a1"])
def test_a_character_without_any_glyph_is_named(character: str) -> None:
    if rendering.has_glyph(character):
        character = "\U0003fff0"
    with pytest.raises(Invalid) as refused:
        rendering.check_glyphs(f"天府{character}置业")
    assert refused.value.params["characters"] == f"{character} (U+{ord(character):04X})"


def test_known_characters_pass() -> None:
    assert all(rendering.has_glyph(character) for character in RARE)
    rendering.check_glyphs("".join(prints.texts_of(world.every_kind())) + RARE)


# ── PDF/A-3u ────────────────────────────────────────────────────────────────────────────────────
def test_the_file_is_marked_as_pdf_a_3u(deal: prints.Print) -> None:
    root = PdfReader(io.BytesIO(deal.pdf)).trailer["/Root"]
    marks = root["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in marks
    assert 'pdfaid:conformance="U"' in marks
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert "/Encrypt" not in PdfReader(io.BytesIO(deal.pdf)).trailer
    assert "/OpenAction" not in root
    assert "/AA" not in root
    assert "/NeedAppearances" not in root["/AcroForm"]


def test_every_font_is_whole_system_noto_embedded_with_unicode(deal: prints.Print) -> None:
    lines = prints.tool("pdffonts", deal.pdf).splitlines()[2:]
    assert lines
    for line in lines:
        name, *_rest = line.split()
        assert "Noto-Serif-CJK" in name
        embedded, _subset, unicode = line.split()[-5:-2]
        assert (embedded, unicode) == ("yes", "yes")


def test_the_words_are_attached_as_data(deal: prints.Print) -> None:
    reader = PdfReader(io.BytesIO(deal.pdf))
    assert {name: files[0] for name, files in reader.attachments.items()} == {
        "document.json": deal.expected.body
    }
    (file,) = reader.trailer["/Root"]["/AF"][:1]
    assert file["/AFRelationship"] == "/Data"
    assert file["/EF"]["/F"]["/Subtype"] == "/application/json"


def test_a_sealed_paper_carries_what_opens_it(qualification: prints.Print) -> None:
    files = PdfReader(io.BytesIO(qualification.pdf)).attachments
    assert sorted(files) == ["document.json", "openings.json"]
    assert "天府".encode() not in files["document.json"][0]
    assert "天府".encode() in files["openings.json"][0]


def test_nobody_is_named_in_the_file_properties(qualification: prints.Print) -> None:
    reader = PdfReader(io.BytesIO(qualification.pdf))
    properties = str(dict(reader.metadata or {}))
    marks = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "竞买资格确认书" in properties
    assert "天府" not in properties + marks


# ── pages ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("context", world.every_kind(), ids=lambda item: item.kind)
def test_an_ordinary_paper_fits_one_page(context: PaperContext, key: SealKey) -> None:
    assert prints.print_paper(context, key).rendered.page_count == 1


def test_long_names_break_well(key: SealKey) -> None:
    name = world.LONG_NAME
    context = world.deal_confirmation(winner=name, seller=name, lot_name=name * 2)
    made = prints.print_paper(context, key)
    last = "".join(prints.text_of(made.pdf, "-raw", "-f", "2").split())
    assert made.rendered.page_count == 2
    assert name in prints.squeezed(made.pdf)
    assert "税费由双方依法各自承担" in last, "a page with seals alone could be put under other text"
    assert "竞得人（盖章）" in last
    assert made.rendered.seal_page == 1
    for shown in (prints.NUMBER, prints.CODE, prints.HASH[:16], "第2页/共2页"):
        assert shown in last


def test_a_long_list_of_members_begins_where_there_is_room(key: SealKey) -> None:
    members = tuple(
        Member(name=f"天府第{index}建设投资开发（集团）有限责任公司阳光分公司", share="1.00")
        for index in range(100)
    )
    made = prints.print_paper(world.deal_confirmation(members=members), key)
    first = "".join(prints.text_of(made.pdf, "-raw", "-l", "1").split())
    assert made.rendered.page_count > 2
    assert "天府第20建设" in first
    assert all(item.name in prints.squeezed(made.pdf) for item in members)


def test_nothing_is_cut_off_at_the_margins(key: SealKey) -> None:
    endless = "ABCDEFGHIJ" * 30
    made = prints.print_paper(world.deal_confirmation(winner=endless, sign_place=endless), key)
    assert endless in prints.squeezed(made.pdf)
    picture = prints.picture_of(made.pdf, dpi=50)
    edge = picture.crop((picture.width - 30, 0, picture.width, picture.height))
    assert edge.getextrema()[0] > 200
