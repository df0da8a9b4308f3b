"""The seal: a PAdES certification signature that allows no changes, visible as the QR code."""

import asyncio
import io
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import segno
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from documents.services.keys import SealKey
from documents.services.rendering import Box, Rendered

FIELD = "Seal"
# A fixed reservation saves a trial signature; ECDSA with two certificates needs about 3 kB.
SIGNATURE_BYTES = 8192
QUIET_MODULES = 2


@dataclass(frozen=True)
class Seal:
    """What one signature says."""

    qr_text: str
    reason: str
    at: datetime


@cache
def loaded_signer(key: SealKey) -> SimpleSigner:
    """Returns the signer, parsed once per process and key."""
    return make_signer(key)


def make_signer(key: SealKey) -> SimpleSigner:
    store: Any = SimpleCertificateStore
    return SimpleSigner(
        signing_cert=certificate(key.certificate),
        signing_key=load_private_key_from_pemder_data(key.key, passphrase=None),
        cert_registry=store.from_certs([certificate(root) for root in key.roots]),
    )


def certificate(text: bytes) -> Any:
    """Returns the one certificate of a PEM text as pyHanko takes it."""
    (found,) = load_certs_from_pemder_data(text)
    return found


def sign(rendered: Rendered, seal: Seal, key: SealKey, signer: SimpleSigner | None = None) -> bytes:
    """Returns the signed PDF (PAdES B-B, DocMDP: no changes) with the QR in its place."""
    writer = IncrementalPdfFileWriter(io.BytesIO(rendered.pdf))
    box = rendered.seal_box
    pdf_signer = PdfSigner(
        PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            name=key.name,
            reason=seal.reason,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            subfilter=SigSeedSubFilter.PADES,
        ),
        signer=signer or loaded_signer(key),
        stamp_style=qr_style(seal.qr_text, box),
        new_field_spec=SigFieldSpec(FIELD, on_page=rendered.seal_page, box=box),
    )
    return asyncio.run(_sign(pdf_signer, writer, seal.at))


async def _sign(pdf_signer: PdfSigner, writer: IncrementalPdfFileWriter, at: datetime) -> bytes:
    """The library's own steps, with the instant of our clock in place of the machine's."""
    session = pdf_signer.init_signing_session(writer)
    session.system_time = at
    validation = await session.perform_presign_validation(writer)
    draft = session.prepare_tbs_document(validation, SIGNATURE_BYTES)
    prepared, output = draft.digest_tbs_document()
    await draft.perform_signature(
        document_digest=prepared.document_digest,
        pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=at),
    )
    output.seek(0)
    return bytes(output.read())


def qr_style(text: str, box: Box) -> StaticStampStyle:
    """Returns the appearance: the QR drawn as rectangles, no font and no image needed."""
    side = float(min(box[2] - box[0], box[3] - box[1]))
    middle = AxisAlignment.ALIGN_MID
    return StaticStampStyle(
        border_width=0,
        background=RawContent(qr_operators(text, side)),
        background_layout=SimpleBoxLayoutRule(middle, middle, margins=Margins(0, 0, 0, 0)),
    )


def qr_operators(text: str, side: float) -> bytes:
    """Returns PDF drawing operators for a QR (error correction M) filling a square of that side."""
    code = segno.make_qr(text, error="m")
    rows: list[Any] = [bytes(row) for row in code.matrix_iter(border=QUIET_MODULES)]
    unit = side / len(rows)
    strokes = [b"1 g 0 0 %.3f %.3f re f 0 g" % (side, side)]
    for index, row in enumerate(rows):
        bottom = side - (index + 1) * unit
        strokes += [b"%.3f %.3f %.3f %.3f re" % run for run in runs(row, bottom, unit)]
    return b"\n".join([*strokes, b"f"])


def runs(row: bytes, bottom: float, unit: float) -> list[tuple[float, float, float, float]]:
    """Returns the dark stretches of one row as rectangles (x, y, width, height)."""
    found, start = [], None
    for column, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = column
        elif not dark and start is not None:
            found.append((start * unit, bottom, (column - start) * unit, unit))
            start = None
    return found
