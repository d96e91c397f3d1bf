"""QR codes for letters."""

from __future__ import annotations

import io

import segno


def qr_png(teks: str) -> bytes:
    """A QR code of a text as PNG, readable when a quarter of it is smudged. The same text gives the same bytes."""
    raw = io.BytesIO()
    segno.make_qr(teks, error="q").save(raw, kind="png", scale=6, border=2)
    return raw.getvalue()
