"""The four checks of a signed paper, in their order; the first that fails decides.

(1) SHA-256 of the whole file, (2) exactly the expected signature field, (3) signature, certificate
and "no changes", (4) the attached JSON is the ledger's. A file that fails (1) is never parsed.
"""

import asyncio
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, enumerate_sig_fields
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
)
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from documents.rules.commitments import does_open
from documents.services.seals import FIELD, certificate

BODY_NAME, OPENINGS_NAME = "document.json", "openings.json"
MALFORMED = (
    PdfError,
    SignatureValidationError,
    CMSExtractionError,
    CMSStructuralError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    RecursionError,
)


class Check(StrEnum):
    """In the order in which they decide."""

    FILE_HASH = "file_hash"
    FIELDS = "fields"
    SIGNATURE = "signature"
    ATTACHMENT = "attachment"


@dataclass(frozen=True)
class Expected:
    """What the ledger says about a paper. `body` is the canonical JSON."""

    sha256: str
    body: bytes
    fingerprint: str
    signed_at: datetime
    roots: tuple[bytes, ...]
    has_openings: bool


@dataclass(frozen=True)
class Examination:
    """Which checks passed and which one, if any, failed (later ones were not made)."""

    passed: tuple[Check, ...]
    failed: Check | None = None

    @property
    def is_intact(self) -> bool:
        return self.failed is None


def examine(data: bytes, expected: Expected) -> Examination:
    """Returns the outcome; never raises for a malformed file."""
    if hashlib.sha256(data).hexdigest() != expected.sha256:
        return Examination((), Check.FILE_HASH)
    return examine_inside(data, expected)


def examine_inside(data: bytes, expected: Expected) -> Examination:
    """The checks that parse the file: (2) to (4)."""
    passed = [Check.FILE_HASH]
    try:
        reader = PdfFileReader(io.BytesIO(data))
    except MALFORMED:
        return Examination(tuple(passed), Check.FIELDS)
    for check, holds in (
        (Check.FIELDS, has_one_seal),
        (Check.SIGNATURE, is_sealed),
        (Check.ATTACHMENT, holds_body),
    ):
        try:
            good = holds(reader, expected)
        except MALFORMED:
            good = False
        if not good:
            return Examination(tuple(passed), check)
        passed.append(check)
    return Examination(tuple(passed))


def has_one_seal(reader: PdfFileReader, expected: Expected) -> bool:
    """Exactly one form field, it is the seal, it is signed, and it certifies the document."""
    form = reader.root["/AcroForm"]
    signed = list(enumerate_sig_fields(reader))
    certified = reader.root["/Perms"]["/DocMDP"]
    return (
        len(form["/Fields"]) == 1
        and "/XFA" not in form
        and [(name, value is not None) for name, value, _reference in signed] == [(FIELD, True)]
        and len(reader.embedded_signatures) == 1
        and certified["/Contents"] == reader.embedded_signatures[0].sig_object["/Contents"]
    )


def is_sealed(reader: PdfFileReader, expected: Expected) -> bool:
    """The signature covers the whole file, is the expected certificate's and allows no change."""
    signature: EmbeddedPdfSignature = reader.embedded_signatures[0]
    if signature.signer_cert.sha256.hex() != expected.fingerprint:
        return False
    context = ValidationContext(
        trust_roots=[certificate(root) for root in expected.roots],
        moment=expected.signed_at,
        allow_fetching=False,
    )
    status = asyncio.run(async_validate_pdf_signature(signature, context))
    return bool(
        status.intact
        and status.valid
        and status.trusted
        and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
        and status.docmdp_ok
        and signature.docmdp_level == MDPPerm.NO_CHANGES
    )


def holds_body(reader: PdfFileReader, expected: Expected) -> bool:
    """The attached JSON is the ledger's, byte by byte; the openings fit what is sealed in it."""
    files = attached_files(reader)
    names = {BODY_NAME, OPENINGS_NAME} if expected.has_openings else {BODY_NAME}
    if set(files) != names or files[BODY_NAME] != expected.body:
        return False
    if not expected.has_openings:
        return True
    content = json.loads(expected.body)["content"]
    return does_open(content, json.loads(files[OPENINGS_NAME]))


def attached_files(reader: PdfFileReader) -> Mapping[str, bytes]:
    """Returns the embedded files by name. ValueError if a name occurs twice."""
    names: Any = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
    found: dict[str, bytes] = {}
    for index in range(1, len(names), 2):
        specification: DictionaryObject = names[index]
        name = str(specification["/UF"])
        if name in found:
            raise ValueError("two attachments share a name")
        found[name] = specification["/EF"]["/F"].data
    return found
