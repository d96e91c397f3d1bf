"""Verbs of the kinerja context: `isi` (entry), `tinjau` (review), `tetapkan` (final, reopen, cancel), `periode`
(opening and closing), `bukti`, `dokumen`, `rencana` (SKP by admins), `impor` (SKP from a workbook)."""
