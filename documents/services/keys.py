"""The centre's key for papers: a development CA made at first run, kept in KEY_ROOT (0600).

In production an operator puts a real CA's certificate there, or a PKCS#11 signer takes its place.
"""

import base64
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from kernel.clock import iso_ms

CA_KEY, CA_CERTIFICATE = "ca.key", "ca.pem"
SEAL_KEY, SEAL_CERTIFICATE = "seal.key", "seal.pem"
# Worlds for demonstration and replay lie in the past, so a development certificate starts early.
VALID_FROM = datetime(2000, 1, 1, tzinfo=UTC)
VALID_UNTIL = datetime(2099, 12, 31, tzinfo=UTC)
DEVELOPMENT = "开发用根证书"
ECDSA = b"\x02"
"""Key type in the verifier key: ECDSA over SHA-256, key as DER SubjectPublicKeyInfo."""


@dataclass(frozen=True)
class SealKey:
    """The loaded signing key with its certificate and the roots it is trusted by (all PEM)."""

    key: bytes
    certificate: bytes
    roots: tuple[bytes, ...]
    name: str
    fingerprint: str
    """SHA-256 of the certificate's DER, in hex."""


def load_seal_key() -> SealKey:
    """Returns this process's key; makes the development CA when there is none. In production
    nothing is made: FileNotFoundError until the operator has put the centre's key there."""
    return _load(key_folder(), settings.CENTRE_NAME)


def key_folder() -> Path:
    """Where the key and the certificates lie."""
    return Path(settings.KEY_ROOT) / "documents"


@cache
def _load(folder: Path, centre_name: str) -> SealKey:
    if not folder.is_dir() and not settings.IS_PRODUCTION:
        make_development_keys(folder, centre_name)
    return read_seal_key(folder)


def missing_files(folder: Path) -> list[str]:
    """Returns what a signer needs and the folder does not hold."""
    wanted = (SEAL_KEY, SEAL_CERTIFICATE, CA_CERTIFICATE)
    return [name for name in wanted if not (folder / name).is_file()]


def is_for_development(folder: Path) -> bool:
    """Whether the certificate there was issued by the CA that we make ourselves."""
    root = x509.load_pem_x509_certificate((folder / CA_CERTIFICATE).read_bytes())
    return any(DEVELOPMENT in str(item.value) for item in root.subject)


def read_seal_key(folder: Path) -> SealKey:
    """Returns the key in the folder."""
    certificate = (folder / SEAL_CERTIFICATE).read_bytes()
    parsed = x509.load_pem_x509_certificate(certificate)
    name = parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return SealKey(
        key=(folder / SEAL_KEY).read_bytes(),
        certificate=certificate,
        roots=((folder / CA_CERTIFICATE).read_bytes(),),
        name=str(name),
        fingerprint=parsed.fingerprint(hashes.SHA256()).hex(),
    )


def make_development_keys(folder: Path, centre_name: str) -> None:
    """Makes a CA and a document certificate; the folder appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".documents-"))
    try:
        write_keys(draft, centre_name)
        os.rename(draft, folder)
    except OSError:
        shutil.rmtree(draft)
        if not folder.is_dir():  # another process was first: its keys hold
            raise


def write_keys(folder: Path, centre_name: str) -> None:
    ca_key, seal_key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    ca_name = subject(centre_name, f"{centre_name} {DEVELOPMENT}")
    root = builder(ca_name, ca_name, ca_key.public_key())
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(usage(is_ca=True), critical=True)
    ca_certificate = root.sign(ca_key, hashes.SHA256())
    leaf = builder(subject(centre_name, f"{centre_name} 电子签章"), ca_name, seal_key.public_key())
    leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    leaf = leaf.add_extension(usage(is_ca=False), critical=True)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    leaf = leaf.add_extension(authority, critical=False)
    certificate = leaf.sign(ca_key, hashes.SHA256())
    for name, content in (
        (CA_KEY, private(ca_key)),
        (SEAL_KEY, private(seal_key)),
        (CA_CERTIFICATE, public(ca_certificate)),
        (SEAL_CERTIFICATE, public(certificate)),
    ):
        write_private(folder / name, content)


def subject(organisation: str, name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        ]
    )


def builder(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_UNTIL)
        .add_extension(identifier, critical=False)
    )


def usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=not is_ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


def private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only the owner can read, never readable in between."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def verifier_key(name: str, certificate: bytes) -> str:
    """Returns the C2SP verifier key `name+id+base64(type ‖ key)` of the certificate's key."""
    key = x509.load_pem_x509_certificate(certificate).public_key()
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    material = ECDSA + spki
    identifier = hashlib.sha256(name.encode() + b"\n" + material).hexdigest()[:8]
    return f"{name}+{identifier}+{base64.b64encode(material).decode()}"


def starts_on(certificate: bytes) -> str:
    """Returns the first instant of the certificate as ISO text."""
    return iso_ms(x509.load_pem_x509_certificate(certificate).not_valid_before_utc)


def ends_on(certificate: bytes) -> str:
    """Returns the last instant of the certificate as ISO text."""
    return iso_ms(x509.load_pem_x509_certificate(certificate).not_valid_after_utc)
