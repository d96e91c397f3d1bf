"""The shipped letter templates, drawn by code, so that a change of a layout is read in a diff and not in a binary.

An official may edit the DOCX afterwards; then the DOCX is the truth and its layout here is taken out.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Container, Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from backend.documents.qr import qr_png

GAMBAR_QR = "qr"  # the name of the picture that the code of a letter takes the place of
FONT, SIZE, MARGIN = "Arial", 9, 2.0
EPOCH = (2025, 1, 1, 0, 0, 0)  # a fixed date inside the package: the same layout gives the same bytes
IDENTITAS = (
    ("Nama", "nama"),
    ("NIP", "nip"),
    ("Pangkat/Gol. Ruang", "pangkat"),
    ("Jabatan", "jabatan"),
    ("Unit Kerja / Instansi", "unit"),
)
RHK_KUANTITATIF = (
    ("NO", 1.0, "{{ loop.index }}"),
    ("RHK PIMPINAN YANG DIINTERVENSI", 3.6, "{{ b.rhk_atasan }}"),
    ("RENCANA HASIL KERJA", 4.0, "{{ b.rhk }}"),
    ("ASPEK", 1.9, "{{ b.aspek }}"),
    ("INDIKATOR KINERJA INDIVIDU", 3.8, "{{ b.iki }}"),
    ("TARGET", 2.3, "{{ b.target }}"),
    ("REALISASI BERDASARKAN BUKTI DUKUNG", 4.4, "{{ b.realisasi }}"),
    ("UMPAN BALIK BERKELANJUTAN BERDASARKAN BUKTI DUKUNG", 5.0, "{{ b.umpan_balik }}"),
)
RHK_KUALITATIF = (
    ("NO", 1.0, "{{ loop.index }}"),
    ("RHK PIMPINAN YANG DIINTERVENSI", 4.5, "{{ b.rhk_atasan }}"),
    ("RENCANA HASIL KERJA", 8.0, "{{ b.rhk }}\nUkuran keberhasilan/IKI dan target:\n{% for i in b.ukuran %}– {{ i }}{% if not loop.last %}\n{% endif %}{% endfor %}"),
    ("REALISASI BERDASARKAN BUKTI DUKUNG", 6.5, "{{ b.realisasi }}"),
    ("UMPAN BALIK BERKELANJUTAN BERDASARKAN BUKTI DUKUNG", 6.0, "{{ b.umpan_balik }}"),
)  # fmt: skip
PERILAKU = (
    ("NO", 1.0, "{{ loop.index }}"),
    ("PERILAKU KERJA", 11.0, "{{ n.nilai }}\n{% for p in n.panduan %}– {{ p }}{% if not loop.last %}\n{% endif %}{% endfor %}"),
    ("EKSPEKTASI KHUSUS PIMPINAN", 6.0, "{{ n.ekspektasi }}"),
    ("UMPAN BALIK BERKELANJUTAN BERDASARKAN BUKTI DUKUNG", 8.0, "{{ n.umpan_balik }}"),
)  # fmt: skip


class Lembar:
    """A page under construction, in the plain style of official letters."""

    def __init__(self, *, landscape: bool, margin: float = MARGIN, size: float = SIZE) -> None:
        self.document, self.margin, self.size = Document(), margin, size
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = FONT, Pt(size)
        style.paragraph_format.space_after = Pt(2)
        section = self.document.sections[0]
        self.width, height = (33.0, 21.0) if landscape else (21.0, 33.0)  # folio, as offices print
        section.page_width, section.page_height = Cm(self.width), Cm(height)
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(margin)

    def text(self, text: str, *, bold: bool = False, centre: bool = False, size: float | None = None) -> None:
        paragraph = self.document.add_paragraph()
        _write(paragraph, text, bold=bold, size=size or self.size)
        if centre:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def table(self, widths: Sequence[float]) -> Any:
        """An empty table with fixed column widths in centimetres."""
        table = self.document.add_table(rows=0, cols=len(widths))
        table.style, table.autofit = "Table Grid", False
        return table

    def row(
        self,
        table: Any,
        cells: Sequence[str],
        widths: Sequence[float],
        *,
        head: bool = False,
        bold: bool = False,
        right: Container[int] = (),
    ) -> None:
        """A row; cells whose place stands in `right` are numbers."""
        row = table.add_row()
        for number, (cell, text, width) in enumerate(zip(row.cells, cells, widths, strict=True)):
            cell.width = Cm(width)
            _write(cell.paragraphs[0], text, bold=head or bold, size=self.size)
            if number in right:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if head:
            mark = OxmlElement("w:tblHeader")
            mark.set(qn("w:val"), "true")
            row._tr.get_or_add_trPr().append(mark)  # the head comes again on every page

    def loop(self, columns: Sequence[tuple[str, float, str]], *, over: str, name: str) -> None:
        """A table with one row for each item of `over`; an empty part prints a dash."""
        widths = [width for _, width, _ in columns]
        table = self.table(widths)
        blank = [""] * (len(columns) - 1)
        self.row(table, [head for head, _, _ in columns], widths, head=True)
        self.row(table, [f"{{%tr for {name} in {over} %}}", *blank], widths)
        self.row(table, [text for _, _, text in columns], widths)
        self.row(table, ["{%tr endfor %}", *blank], widths)
        self.row(table, [f"{{%tr if not {over} %}}", *blank], widths)
        self.row(table, ["–"] * len(columns), widths)
        self.row(table, ["{%tr endif %}", *blank], widths)

    def dense(self, table: Any) -> None:
        """Little room beside the text of each cell, for a table of many columns."""
        margins = OxmlElement("w:tblCellMar")
        for side in ("left", "right"):
            element = OxmlElement(f"w:{side}")
            element.set(qn("w:w"), "40")
            element.set(qn("w:type"), "dxa")
            margins.append(element)
        table._tbl.tblPr.append(margins)

    def signatures(self) -> None:
        """Block S: place and date; the pegawai on the left, the one who acted on the right."""
        self.text("")
        half = (self.width - 2 * self.margin) / 2
        table = self.document.add_table(rows=0, cols=2)
        kiri = "\nPegawai yang Dinilai,\n\n\n\n{{ pegawai.nama }}\nNIP {{ pegawai.nip }}"
        kanan = (
            "{{ tempat }}, {{ tanggal }}\nPejabat Penilai Kinerja,\n{{ penanda_tangan.jabatan }}\n\n\n{{ penanda_tangan.nama }}"
            "{% if penanda_tangan.nip %}\nNIP {{ penanda_tangan.nip }}{% endif %}"
        )
        self.row(table, [kiri, kanan], [half, half])

    def periksa(self) -> None:
        """The QR of the check page, and how to come there without a camera."""
        widths = (3.4, self.width - 2 * self.margin - 3.4)
        table = self.document.add_table(rows=0, cols=2)
        cara = "Periksa keaslian surat ini: pindai kode di samping, atau buka {{ alamat }} lalu ketik kodenya.\nKode periksa: {{ kode }}"
        self.row(table, ("", cara), widths)
        run = table.rows[0].cells[0].paragraphs[0].add_run()
        picture = run.add_picture(io.BytesIO(qr_png("contoh")), width=Cm(2.8))
        for properties in picture._inline.iter(qn("pic:cNvPr"), qn("wp:docPr")):
            properties.set("name", GAMBAR_QR)
            properties.set("descr", "Kode QR alamat pemeriksaan surat")

    def bytes(self) -> bytes:
        raw = io.BytesIO()
        self.document.core_properties.author = self.document.core_properties.comments = ""
        self.document.save(raw)
        return _fixed_dates(raw.getvalue())


def _write(paragraph: Any, text: str, *, bold: bool = False, size: float = SIZE) -> None:
    """One run a line, so that a placeholder never falls into two runs."""
    for number, line in enumerate(text.split("\n")):
        run = paragraph.add_run(line)
        run.bold, run.font.size = bold, Pt(size)
        if number < text.count("\n"):
            run.add_break()


def _fixed_dates(package: bytes) -> bytes:
    fixed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _without_times(content)
            target.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


def _without_times(core: bytes) -> bytes:
    """The properties without `created` and `modified`."""
    return re.sub(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>", b"", core)


def evaluasi_periodik(*, kualitatif: bool) -> bytes:
    """D15: H · K · RHK utama and tambahan · rating · perilaku · rating · predikat · S."""
    lembar = Lembar(landscape=True)
    lembar.text("EVALUASI KINERJA PEGAWAI", bold=True, centre=True, size=12)
    lembar.text("{{ judul_format }}", bold=True, centre=True)
    lembar.text(f"PENDEKATAN HASIL KERJA {'KUALITATIF' if kualitatif else 'KUANTITATIF'}", bold=True, centre=True)
    lembar.text("PERIODE: BULANAN", bold=True, centre=True)
    _kepala(lembar)
    lembar.text("CAPAIAN KINERJA ORGANISASI: {{ capaian_organisasi }}", bold=True)
    lembar.text("POLA DISTRIBUSI: {{ pola_distribusi }}", bold=True)
    lembar.text("HASIL KERJA", bold=True)
    for huruf, bagian in (("A", "utama"), ("B", "tambahan")):
        lembar.text(f"{huruf}. {bagian.upper()}", bold=True)
        lembar.loop(RHK_KUALITATIF if kualitatif else RHK_KUANTITATIF, over=bagian, name="b")
    lembar.text("")
    lembar.text("RATING HASIL KERJA: {{ rating_hasil }}", bold=True)
    lembar.text("PERILAKU KERJA", bold=True)
    lembar.loop(PERILAKU, over="perilaku", name="n")
    lembar.text("")
    lembar.text("RATING PERILAKU KERJA: {{ rating_perilaku }}", bold=True)
    lembar.text("PREDIKAT KINERJA PEGAWAI: {{ predikat }}", bold=True)
    lembar.signatures()
    return lembar.bytes()


def _kepala(lembar: Lembar) -> None:
    """Block H."""
    lembar.text("{{ instansi }}", bold=True)
    lembar.text("PERIODE PENILAIAN: {{ periode }}", bold=True)
    widths = (1.0, 4.0, 8.0, 1.0, 4.0, 8.0)
    table = lembar.table(widths)
    lembar.row(table, ("NO", "PEGAWAI YANG DINILAI", "", "NO", "PEJABAT PENILAI KINERJA", ""), widths, head=True)
    for nomor, (judul, nama) in enumerate(IDENTITAS, start=1):
        kanan = f"{{{{ penilai.{nama} or '–' }}}}"
        lembar.row(table, (str(nomor), judul, f"{{{{ pegawai.{nama} or '–' }}}}", str(nomor), judul, kanan), widths)
    lembar.text("")


def dokumen_evaluasi() -> bytes:
    """D18: the three people, the result, the note, signatures."""
    lembar = Lembar(landscape=False)
    lembar.text("DOKUMEN EVALUASI KINERJA PEGAWAI", bold=True, centre=True, size=12)
    lembar.text("PERIODE: BULANAN", bold=True, centre=True)
    lembar.text("{{ instansi }}", bold=True)
    lembar.text("PERIODE PENILAIAN: {{ periode }}", bold=True)
    widths = (1.0, 6.0, 10.0)
    table = lembar.table(widths)
    orang = (
        ("PEGAWAI YANG DINILAI", "pegawai"),
        ("PEJABAT PENILAI KINERJA", "penilai"),
        ("ATASAN PEJABAT PENILAI KINERJA", "atasan_penilai"),
    )
    for nomor, (judul, siapa) in enumerate(orang, start=1):
        lembar.row(table, (f"{nomor}.", judul, ""), widths, head=True)
        for label, nama in IDENTITAS:
            lembar.row(table, ("", label, f"{{{{ {siapa}.{nama} or '–' }}}}"), widths)
    lembar.row(table, ("4.", "EVALUASI KINERJA", ""), widths, head=True)
    lembar.row(table, ("", "Capaian Kinerja Organisasi", "{{ capaian_organisasi }}"), widths)
    lembar.row(table, ("", "Predikat Kinerja Pegawai", "{{ predikat }}"), widths)
    lembar.row(table, ("5.", "CATATAN/REKOMENDASI", "{{ rekomendasi }}"), widths)
    lembar.signatures()
    return lembar.bytes()


# --- TPP (tpp.md §7, §8) ----------------------------------------------------------------------------------------------

SLIP = (
    ("URAIAN", 7.5, "{{ b.judul }}{% if b.keterangan %}\n{{ b.keterangan }}{% endif %}"),
    ("JUMLAH (Rp)", 3.0, "{{ b.jumlah }}"),
    ("ATURAN", 6.5, "{{ b.aturan }}"),
)
TAHUNAN = (
    ("BULAN", 2.6, "{{ b.bulan }}"),
    ("JABATAN / KELAS", 5.4, "{{ b.jabatan }}"),
    ("PAGU", 2.3, "{{ b.pagu }}"),
    ("PREDIKAT", 1.6, "{{ b.predikat }}"),
    ("POT. DISIPLIN %", 1.6, "{{ b.disiplin }}"),
    ("REALISASI %", 1.7, "{{ b.realisasi }}"),
    ("POT. ADMIN", 2.0, "{{ b.admin }}"),
    ("BRUTO", 2.3, "{{ b.bruto }}"),
    ("BPJS 1 %", 1.8, "{{ b.bpjs_1 }}"),
    ("PPh 21", 2.0, "{{ b.pph }}"),
    ("ZAKAT, LAIN", 1.8, "{{ b.zakat }}"),
    ("NETO", 2.3, "{{ b.neto }}"),
    ("KEADAAN", 1.6, "{{ b.keadaan }}"),
)  # fmt: skip


def tpp_slip() -> bytes:
    """Slip of one person and month with the explanation of every line."""
    lembar = Lembar(landscape=False)
    lembar.text("{{ instansi }}", bold=True, centre=True)
    lembar.text("SLIP TAMBAHAN PENGHASILAN PEGAWAI", bold=True, centre=True, size=12)
    lembar.text("{{ bulan }}", bold=True, centre=True)
    lembar.text("")
    for label, nama in (
        ("Nama", "nama"),
        ("NIP", "nip"),
        ("Jabatan", "jabatan"),
        ("OPD", "opd"),
        ("Keadaan", "keadaan"),
    ):
        lembar.text(f"{label}: {{{{ {nama} }}}}")
    lembar.text("")
    lembar.loop(SLIP, over="baris", name="b")
    lembar.text("")
    lembar.text("Yang diterima: {{ neto }}", bold=True, size=11)
    lembar.text("{{ catatan }}")
    return lembar.bytes()


def tpp_surat(judul: str, isi: Sequence[str]) -> bytes:
    """A letter of the Kepala OPD about a period: heading, facts, sentences, signature."""
    lembar = Lembar(landscape=False)
    lembar.text("{{ instansi }}", bold=True, centre=True, size=12)
    lembar.text("{{ opd }}", bold=True, centre=True, size=11)
    lembar.text("")
    lembar.text(judul, bold=True, centre=True, size=12)
    lembar.text("Nomor: {{ nomor }}", centre=True)
    lembar.text("")
    for satu in isi:
        lembar.text(satu)
    lembar.text("")
    widths = (8.5, 8.5)
    table = lembar.table(widths)
    for label, nama in RINGKASAN_TPP:
        lembar.row(table, (label, f"{{{{ {nama} }}}}"), widths)
    lembar.text("")
    lembar.text("{{ tempat }}, {{ tanggal }}\n{{ jabatan }}\n\n\n\n{{ nama }}\nNIP {{ nip }}")
    lembar.text("")
    lembar.periksa()
    return lembar.bytes()


RINGKASAN_TPP = (
    ("Bulan TPP", "bulan"),
    ("Jumlah pegawai", "pegawai"),
    ("TPP bruto", "bruto"),
    ("BPJS Kesehatan 4 % (pemda)", "bpjs_4"),
    ("SPM bruto", "spm"),
    ("BPJS Kesehatan 1 %", "bpjs_1"),
    ("PPh Pasal 21", "pph"),
    ("Jumlah bersih", "neto"),
)
SPTJM = (
    "Yang bertanda tangan di bawah ini, {{ nama }}, {{ jabatan }}, menyatakan dengan sesungguhnya bahwa:",
    "1. Perhitungan Tambahan Penghasilan Pegawai {{ opd }} bulan {{ bulan }} telah dihitung dengan benar menurut peraturan yang berlaku.",
    "2. Data presensi, predikat kinerja, dan potongan yang menjadi dasarnya telah diperiksa dan dapat dipertanggungjawabkan.",
    "3. Apabila di kemudian hari terdapat kelebihan pembayaran, kami bersedia menyetorkannya kembali ke kas daerah.",
)
PENGANTAR = (
    "Kepada Yth. Kepala BKPSDM {{ instansi }}",
    "Bersama ini kami sampaikan hasil perhitungan Tambahan Penghasilan Pegawai {{ opd }} bulan {{ bulan }} untuk diverifikasi, dengan ringkasan berikut.",
)


def tpp_tahunan() -> bytes:
    """The annual sheet of one person (1h)."""
    lembar = Lembar(landscape=True)
    lembar.text("{{ instansi }}", bold=True, centre=True)
    lembar.text("TAMBAHAN PENGHASILAN PEGAWAI TAHUN {{ tahun }}", bold=True, centre=True, size=12)
    lembar.text("{{ nama }}, NIP {{ nip }}", bold=True, centre=True)
    lembar.text("")
    lembar.loop(TAHUNAN, over="baris", name="b")
    lembar.text("")
    lembar.text(
        "Jumlah bruto {{ total.bruto }}; BPJS {{ total.bpjs_1 }}; PPh {{ total.pph }}; neto {{ total.neto }}", bold=True
    )
    lembar.text("{{ catatan }}")
    lembar.text("")
    lembar.text("{{ tempat }}, {{ tanggal }}\n\n\n\n{{ nama }}\nNIP {{ nip }}")
    return lembar.bytes()


NOMINATIF = (
    ("No", 0.8), ("Nama, tanggal lahir, NIP, golongan", 3.2), ("Status dan jiwa", 1.1), ("Jabatan", 2.9), ("Gaji kotor", 1.5),
    ("BK", 1.45), ("PK", 1.45), ("KK", 1.3), ("TB", 1.3), ("KP", 1.3), ("OB", 1.3), ("Jumlah TPP", 1.55), ("BPJS 4 %", 1.2),
    ("Total", 1.55), ("IWP 1 %", 1.15), ("PPh 21", 1.3), ("BPJS 4 %", 1.2), ("Zakat, lain", 1.2), ("Total potongan", 1.4),
    ("Bersih", 1.55), ("Rekening", 1.8),
)  # fmt: skip
NOMINATIF_ANGKA = range(4, len(NOMINATIF) - 1)
BULAN_TAHUN = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "Mei",
    "Jun",
    "Jul",
    "Agu",
    "Sep",
    "Okt",
    "Nov",
    "Des",
    "THR",
    "Ketiga belas",
)
TANDA_TANGAN = "{{ tempat }}, {{ tanggal }}\n{{ kepala.jabatan }}\n\n\n\n{{ kepala.nama }}\nNIP {{ kepala.nip }}"


def tpp_nominatif() -> bytes:
    """The list of payments: a table a page with its subtotal, then the sum of the OPD and both signatures."""
    lembar = Lembar(landscape=True, margin=0.75, size=6)
    for teks in ("instansi", "judul", "keadaan"):
        lembar.text(f"{{{{ {teks} }}}}", bold=True, centre=True, size=8)
    widths = [lebar for _, lebar in NOMINATIF]
    blank = [""] * (len(widths) - 1)
    sel = [f"{{{{ b[{letak}] }}}}" for letak in range(len(widths))]
    lembar.text("{%p for h in halaman %}")
    table = lembar.table(widths)
    lembar.dense(table)
    lembar.row(table, [judul for judul, _ in NOMINATIF], widths, head=True)
    lembar.row(table, ["{%tr for b in h.baris %}", *blank], widths)
    lembar.row(table, sel, widths, right=NOMINATIF_ANGKA)
    lembar.row(table, ["{%tr endfor %}", *blank], widths)
    lembar.row(table, [satu.replace("b[", "h.jumlah[") for satu in sel], widths, bold=True, right=NOMINATIF_ANGKA)
    lembar.text("{%p if not loop.last %}")
    lembar.document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    lembar.text("{%p endif %}")
    lembar.text("{%p endfor %}")
    lembar.text("")
    table = lembar.table(widths)
    lembar.dense(table)
    lembar.row(table, [satu.replace("b[", "jumlah[") for satu in sel], widths, bold=True, right=NOMINATIF_ANGKA)
    _dua_tanda_tangan(lembar)
    return lembar.bytes()


def _dua_tanda_tangan(lembar: Lembar) -> None:
    """Kepala OPD on the left, bendahara on the right."""
    lembar.text("")
    half = (lembar.width - 2 * lembar.margin) / 2
    table = lembar.document.add_table(rows=0, cols=2)
    kanan = "\nBendahara Pengeluaran\n\n\n\n{{ titik }}\nNIP {{ titik }}"
    lembar.row(table, (TANDA_TANGAN, kanan), (half, half))


def tpp_tahunan_opd() -> bytes:
    """The annual sheet of an OPD: a row a person, twelve months, THR and the thirteenth month, the sum."""
    lembar = Lembar(landscape=True, margin=1.0, size=6.5)
    for teks in ("{{ instansi }}", "TAMBAHAN PENGHASILAN PEGAWAI TAHUN {{ tahun }}", "{{ opd }}"):
        lembar.text(teks, bold=True, centre=True, size=9)
    widths = [0.8, 4.0, 3.6, *[1.47] * len(BULAN_TAHUN), 1.95]
    angka = range(3, len(widths))
    blank = [""] * (len(widths) - 1)
    bulan = range(len(BULAN_TAHUN))
    table = lembar.table(widths)
    lembar.dense(table)
    lembar.row(table, ["No", "Nama, NIP", "Jabatan", *BULAN_TAHUN, "Jumlah"], widths, head=True)
    lembar.row(table, ["{%tr for b in baris %}", *blank], widths)
    isi = ["{{ b.no }}", "{{ b.nama }}\n{{ b.nip }}", "{{ b.jabatan }}"]
    lembar.row(table, [*isi, *(f"{{{{ b.neto[{ke}] }}}}" for ke in bulan), "{{ b.jumlah }}"], widths, right=angka)
    lembar.row(table, ["{%tr endfor %}", *blank], widths)
    jumlah = ["", "Jumlah {{ pegawai }} pegawai", "", *(f"{{{{ jumlah[{ke}] }}}}" for ke in bulan), "{{ total }}"]
    lembar.row(table, jumlah, widths, bold=True, right=angka)
    lembar.text("")
    lembar.text("{{ catatan }}")
    lembar.text(TANDA_TANGAN)
    return lembar.bytes()


LAYOUTS: dict[str, Callable[[], bytes]] = {
    "evaluasi_periodik": lambda: evaluasi_periodik(kualitatif=False),
    "evaluasi_periodik_kualitatif": lambda: evaluasi_periodik(kualitatif=True),
    "dokumen_evaluasi": dokumen_evaluasi,
    "tpp_slip": tpp_slip,
    "tpp_tahunan": tpp_tahunan,
    "tpp_tahunan_opd": tpp_tahunan_opd,
    "tpp_nominatif": tpp_nominatif,
    "tpp_sptjm": lambda: tpp_surat("SURAT PERNYATAAN TANGGUNG JAWAB MUTLAK", SPTJM),
    "tpp_pengantar": lambda: tpp_surat("SURAT PENGANTAR", PENGANTAR),
}
