"""Who rates a laporan, in which quality somebody acts, and what binds the rating (kinerja.md §2.4, F11, I12)."""

from __future__ import annotations

