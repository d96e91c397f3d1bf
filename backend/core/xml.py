"""Reading XML that somebody else wrote: no DOCTYPE, no entities, no network, bounded size and depth."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from backend.core.errors import DomainError

MAX_BYTES = 1_000_000
MAX_DEPTH = 200
_DECLARATION = re.compile(r"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_ENCODINGS = {
    "utf-8",
    "utf8",
    "us-ascii",
    "ascii",
    "iso-8859-1",
    "latin-1",
    "windows-1252",
    "utf-16",
    "utf-16le",
    "utf-16be",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class UnsafeXml(DomainError):
    """Berkas XML ini ditolak: {sebab}. Simpan ulang berkas dari penyunting model tanpa bagian itu."""


class BrokenXml(DomainError):
    """Berkas ini bukan XML yang utuh (baris {baris}: {sebab}). Simpan ulang dari penyunting model, lalu coba lagi."""


def read_xml(data: bytes | str, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Root element of `data`. Raises UnsafeXml (size, depth, DOCTYPE, encoding) or BrokenXml (syntax)."""
    text = read_text(data, max_bytes=max_bytes)
    if re.search(r"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", text, re.IGNORECASE):
        raise UnsafeXml(sebab="memuat DOCTYPE atau entitas")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_DECLARATION.sub("", text.lstrip("\ufeff"), count=1).encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        if "Excessive depth" in (error.msg or ""):
            raise UnsafeXml(sebab=f"bersarang lebih dari {MAX_DEPTH} tingkat") from None
        raise BrokenXml(baris=error.lineno or 1, sebab=error.msg.split(",")[0] if error.msg else "kosong") from None
    if _depth(root) > MAX_DEPTH:
        raise UnsafeXml(sebab=f"bersarang lebih dari {MAX_DEPTH} tingkat")
    return root


def read_text(data: bytes | str, *, max_bytes: int = MAX_BYTES) -> str:
    """The text of an XML document; a declared encoding counts for bytes only. Raises UnsafeXml, BrokenXml."""
    if len(data) > max_bytes or (isinstance(data, str) and len(data.encode("utf-8", "replace")) > max_bytes):
        raise UnsafeXml(sebab=f"lebih besar dari {max_bytes // 1000} kB")
    return data if isinstance(data, str) else _decode(data)


def _decode(data: bytes) -> str:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "")
    if not encoding:
        declared = _DECLARATION.search(data[:200].decode("latin-1"))
        encoding = declared[1].lower() if declared else "utf-8"
        if encoding.startswith("utf-16") and data.lstrip().startswith(b"<?xml"):
            encoding = "utf-8"  # some tools declare what their memory holds, not what they write
        if encoding not in _ENCODINGS:
            raise UnsafeXml(sebab=f"pengodean {encoding} tidak didukung; pakai UTF-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise BrokenXml(baris=1, sebab="isi tidak sesuai dengan pengodean") from None


def _depth(root: etree._Element) -> int:
    deepest, pending = 0, [(root, 1)]
    while pending:
        element, depth = pending.pop()
        deepest = max(deepest, depth)
        pending += [(child, depth + 1) for child in element]
    return deepest


def local(element: etree._Element) -> str:
    """Tag of an element without its namespace."""
    return etree.QName(element).localname
