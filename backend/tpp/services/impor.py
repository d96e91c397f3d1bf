"""Facts of pay from one workbook: gaji of a month, tax status and accounts, causes of deductions. Dry run, then all or none."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any
from uuid import UUID

import xlsxwriter
from django.db import models, transaction

from backend.core.periode import akhir_bulan, bulan_label
from backend.kepegawaian.enums import StatusRiwayat
from backend.kepegawaian.models import Pegawai, RiwayatJabatan
from backend.platform import audit, files, jobs
from backend.platform.lembar import TAK_TERBACA, Galat, ImporBergalat, Isi, buka, kata
from backend.platform.models import Berkas, Job
from backend.tpp.enums import JenisHarta
from backend.tpp.models import Gaji, LaporanHarta, ProfilBayar, SebabPotongan

PEKERJAAN = "impor_tpp"
GAJI = "Gaji"
MAKS_RUPIAH = 10**10
Nilai = Any


@dataclass(frozen=True)
class Kolom:
    """A column: its head, the field it fills, how a cell is read (raises ValueError), what the note says."""

    judul: str
    nama: str
    baca: Callable[[Any], Nilai]
    petunjuk: str
    wajib: bool = False


@dataclass(frozen=True)
class Lembar:
    """A sheet: rows of one model, unique by `kunci` (besides the pegawai)."""

    nama: str
    model: type[models.Model]
    kunci: tuple[str, ...]
    kolom: tuple[Kolom, ...]


@dataclass
class HasilPeriksa:
    """The dry run: rows by sheet, faults, and counts by label."""

    rows: dict[str, list[tuple[int, dict[str, Nilai]]]] = field(default_factory=lambda: defaultdict(list))
    errors: list[Galat] = field(default_factory=list)
    ditolak: list[Galat] = field(default_factory=list)  # rows that are left out, and why
    notes: list[Galat] = field(default_factory=list)
    orang: dict[str, UUID] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        return {lembar.nama: len(self.rows[lembar.nama]) for lembar in LEMBAR}


# --- Cells ----------------------------------------------------------------------------------------------------------------


def _angka(sel: Any) -> str:
    return re.sub(r"[\s.'-]", "", kata(sel))


def nip(sel: Any) -> str:
    angka = re.sub(r"\s", "", kata(sel))
    if not re.fullmatch(r"\d{18}", angka):
        raise ValueError("NIP harus 18 angka; atur kolomnya sebagai teks")
    return angka


def rupiah(sel: Any) -> int:
    """Whole rupiah, not negative; thousands may be separated by dots."""
    teks = kata(sel).replace(".", "").replace("Rp", "").strip()
    if not teks:
        return 0
    if not re.fullmatch(r"\d+", teks) or int(teks) > MAKS_RUPIAH:
        raise ValueError("harus rupiah utuh, tidak negatif")
    return int(teks)


def bulan(sel: Any) -> date:
    """The first of a month, from a date or `2025-03`."""
    if isinstance(sel, datetime | date):
        return date(sel.year, sel.month, 1)
    found = re.fullmatch(r"(\d{4})-(\d{1,2})(?:-\d{1,2})?", kata(sel))
    if found is None or not 1 <= int(found[2]) <= 12:
        raise ValueError("harus bulan, misalnya 2025-03")
    return date(int(found[1]), int(found[2]), 1)


def tanggal(sel: Any) -> date:
    if isinstance(sel, datetime):
        return sel.date()
    if isinstance(sel, date):
        return sel
    try:
        return date.fromisoformat(kata(sel))
    except ValueError:
        raise ValueError("harus tanggal, misalnya 2025-03-15") from None


def tanggal_boleh_kosong(sel: Any) -> date | None:
    return tanggal(sel) if kata(sel) else None


def tahun(sel: Any) -> int:
    if not re.fullmatch(r"20\d\d", kata(sel)):
        raise ValueError("harus tahun, misalnya 2025")
    return int(kata(sel))


def ptkp(sel: Any) -> str:
    teks = kata(sel).upper()
    if teks and not re.fullmatch(r"(TK|K)/[0-3]", teks):
        raise ValueError("harus TK/0 sampai TK/3 atau K/0 sampai K/3")
    return teks


def npwp(sel: Any) -> str:
    angka = _angka(sel)
    if angka and not re.fullmatch(r"\d{15,16}", angka):
        raise ValueError("harus 15 atau 16 angka")
    return angka


def rekening(sel: Any) -> str:
    angka = _angka(sel)
    if angka and not re.fullmatch(r"\d{6,30}", angka):
        raise ValueError("harus 6 sampai 30 angka")
    return angka


def ya(sel: Any) -> bool:
    teks = kata(sel).lower()
    if teks not in {"", "ya", "tidak", "1", "0", "true", "false"}:
        raise ValueError("isi ya atau tidak")
    return teks in {"ya", "1", "true"}


def harta(sel: Any) -> str:
    teks = kata(sel).upper().replace(" ", "_") or JenisHarta.LHKASN.value
    if teks not in JenisHarta.values:
        raise ValueError(f"harus {', '.join(JenisHarta.values)}")
    return teks


def kode(sel: Any) -> str:
    teks = kata(sel).upper()
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,29}", teks):
        raise ValueError("harus kode, misalnya HUKDIS_23")
    return teks


def nomor(sel: Any) -> str:
    teks = kata(sel)
    if not teks or len(teks) > 100:
        raise ValueError("wajib diisi, paling panjang 100 huruf")
    return teks


def pendek(sel: Any) -> str:
    teks = kata(sel)
    if len(teks) > 60:
        raise ValueError("paling panjang 60 huruf")
    return teks


def jiwa(sel: Any) -> str:
    return pendek(sel)[:10]


NIP = Kolom("NIP", "nip", nip, "18 angka, kolom diatur sebagai teks.", wajib=True)
LEMBAR = (
    Lembar(GAJI, Gaji, ("bulan",), (
        NIP, Kolom("Bulan", "bulan", bulan, "Misalnya 2025-03.", wajib=True),
        Kolom("Gaji bruto", "bruto", rupiah, "Rupiah utuh, jumlah kotor daftar gaji.", wajib=True),
        Kolom("Iuran BPJS 1 %", "iuran_1", rupiah, "Sudah dipotong pada gaji."),
        Kolom("Iuran BPJS 4 %", "iuran_4", rupiah, "Dibayar pemda atas gaji."),
        Kolom("Iuran pensiun", "iuran_pensiun", rupiah, "Dipotong pada gaji."), Kolom("PPh gaji", "pph", rupiah, "Dipotong pada gaji."),
        Kolom("Jiwa", "jiwa", jiwa, "Misalnya K/2."),
    )),
    Lembar("Profil", ProfilBayar, (), (
        NIP, Kolom("PTKP", "ptkp", ptkp, "TK/0 sampai K/3."), Kolom("NPWP", "npwp", npwp, "15 atau 16 angka."),
        Kolom("Bank", "bank", pendek, "Nama bank."), Kolom("Rekening", "rekening", rekening, "Angka saja."),
        Kolom("Zakat", "zakat", ya, "ya atau tidak."), Kolom("Zakat badan resmi", "zakat_resmi", ya, "ya: mengurangi penghasilan kena pajak."),
        Kolom("Wajib lapor harta", "harta", harta, "LHKPN, LHKASN, atau TIDAK_WAJIB."),
    )),
    Lembar("Harta", LaporanHarta, ("tahun",), (
        NIP, Kolom("Tahun lapor", "tahun", tahun, "Misalnya 2025.", wajib=True),
        Kolom("Tanggal lapor", "tanggal", tanggal, "Misalnya 2025-03-20.", wajib=True), Kolom("Nomor", "nomor", pendek, "Nomor tanda terima."),
    )),
    Lembar("Sebab potongan", SebabPotongan, ("kode", "tanggal"), (
        NIP, Kolom("Kode", "kode", kode, "Misalnya HUKDIS_23 atau TPTGR_MENUNGGAK.", wajib=True),
        Kolom("Tanggal", "tanggal", tanggal, "Tanggal keputusan.", wajib=True), Kolom("Sampai", "sampai", tanggal_boleh_kosong, "Kosong: tanpa batas."),
        Kolom("Nomor", "nomor", nomor, "Nomor keputusan.", wajib=True),
    )),
)  # fmt: skip


# --- Template and dry run -----------------------------------------------------------------------------------------------------


def template() -> bytes:
    """The empty workbook: heads with a note, and NIP, account and NPWP columns as text."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        tebal = book.add_format({"bold": True, "bg_color": "#d9ece9", "border": 1})
        teks = book.add_format({"num_format": "@"})
        for lembar in LEMBAR:
            sheet = book.add_worksheet(lembar.nama)
            sheet.freeze_panes(1, 1)
            for letak, kolom in enumerate(lembar.kolom):
                sheet.write_string(0, letak, kolom.judul + (" *" if kolom.wajib else ""), tebal)
                sheet.write_comment(0, letak, kolom.petunjuk)
                sheet.set_column(letak, letak, 22, teks if kolom.baca in {nip, rekening, npwp} else None)
    return buffer.getvalue()


def check(file: IO[bytes], *, opd: frozenset[UUID] | None = None) -> HasilPeriksa:
    """Read a workbook and find every fault; nothing is written.

    `opd`: whose gaji the uploader may write (None: everybody's, and every sheet). Rows of others are left out, and said.
    """
    hasil = HasilPeriksa()
    book = buka(file.read())
    if book is None:
        hasil.errors.append(Galat("–", 1, "", TAK_TERBACA))
        return hasil
    for lembar in LEMBAR:
        if lembar.nama in book.sheetnames:
            _baca(book[lembar.nama], lembar, hasil)
    if not hasil.errors and not sum(hasil.counts.values()):
        hasil.errors.append(Galat(LEMBAR[0].nama, 2, "NIP", "Berkas belum berisi satu baris pun."))
    _periksa_orang(hasil)
    if opd is not None:
        _batasi(hasil, opd)
    return hasil


def _batasi(hasil: HasilPeriksa, opd: frozenset[UUID]) -> None:
    """Leave out every sheet but gaji, and gaji of people who held no post in these OPD in its month."""
    for nama, rows in hasil.rows.items():
        if nama != GAJI and rows:
            hasil.ditolak.append(
                Galat(nama, rows[0][0], "", f"Lembar {nama} hanya diimpor BKPSDM; {len(rows)} baris dilewati.")
            )
            hasil.rows[nama] = []
    ada = _masa_jabatan(opd, hasil.orang.values())
    simpan = []
    for nomor, isi in hasil.rows[GAJI]:
        awal, akhir = isi["bulan"], akhir_bulan(isi["bulan"].year, isi["bulan"].month)
        siapa = hasil.orang.get(isi["nip"])
        if siapa is None or any(mulai <= akhir and (sampai or akhir) >= awal for mulai, sampai in ada.get(siapa, ())):
            simpan.append((nomor, isi))
        else:
            bulan_teks = bulan_label(awal.year, awal.month)
            pesan = f"NIP {isi['nip']} tidak berjabatan di OPD Anda pada {bulan_teks}; barisnya dilewati."
            hasil.ditolak.append(Galat(GAJI, nomor, "NIP", pesan))
    hasil.rows[GAJI] = simpan


def _masa_jabatan(opd: frozenset[UUID], orang: Iterable[UUID]) -> dict[UUID, list[tuple[date, date | None]]]:
    """When people held a definitive post in these OPD."""
    rows = RiwayatJabatan.objects.definitif().filter(
        status=StatusRiwayat.AKTIF, pegawai__in=list(orang), posisi__unor__opd__in=opd
    )
    found: dict[UUID, list[tuple[date, date | None]]] = defaultdict(list)
    for siapa, mulai, sampai in rows.values_list("pegawai", "mulai", "sampai"):
        found[siapa].append((mulai, sampai))
    return found


def _baca(sheet: Any, lembar: Lembar, hasil: HasilPeriksa) -> None:
    rows = Isi(sheet, nama=lembar.nama, errors=hasil.errors)
    for kolom in lembar.kolom:
        if kolom.wajib and not rows.punya(kolom.judul):
            hasil.errors.append(Galat(lembar.nama, 1, kolom.judul, "Kolom ini tidak ada. Pakai templat terbaru."))
            return
    ada: dict[tuple[Any, ...], int] = {}
    for nomor, sel in rows:
        isi = _baris(sel, nomor, lembar, rows, hasil)
        if isi is None:
            continue
        kunci = (isi["nip"], *(isi[nama] for nama in lembar.kunci))
        if kunci in ada:
            hasil.errors.append(Galat(lembar.nama, nomor, "NIP", f"Sama dengan baris {ada[kunci]}."))
        ada.setdefault(kunci, nomor)
        hasil.rows[lembar.nama].append((nomor, isi))


def _baris(sel: Sequence[Any], nomor: int, lembar: Lembar, rows: Isi, hasil: HasilPeriksa) -> dict[str, Nilai] | None:
    """The values of a row; None when a cell is wrong. A column that the workbook lacks is left as it is."""
    isi: dict[str, Nilai] = {}
    benar = True
    for kolom in lembar.kolom:
        if not rows.punya(kolom.judul):
            continue
        nilai = rows.sel(sel, kolom.judul)
        try:
            if kolom.wajib and kata(nilai) == "":
                raise ValueError("wajib diisi")
            isi[kolom.nama] = kolom.baca(nilai)
        except ValueError as error:
            hasil.errors.append(Galat(lembar.nama, nomor, kolom.judul, f"{kolom.judul} {error}."))
            benar = False
    return isi if benar else None


def _periksa_orang(hasil: HasilPeriksa) -> None:
    semua = {isi["nip"] for rows in hasil.rows.values() for _, isi in rows}
    hasil.orang = dict(Pegawai.objects.filter(nip__in=semua).values_list("nip", "pk"))
    for nama, rows in hasil.rows.items():
        hasil.errors += [
            Galat(nama, nomor, "NIP", f"Tidak ada pegawai dengan NIP {isi['nip']}.")
            for nomor, isi in rows
            if isi["nip"] not in hasil.orang
        ]


# --- Writing --------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def apply(hasil: HasilPeriksa, *, oleh: Any) -> dict[str, int]:
    """Write every row, or nothing; rows that exist are brought up to date. Raises ImporBergalat."""
    if hasil.errors:
        raise ImporBergalat(n=len(hasil.errors))
    for lembar in LEMBAR:
        if rows := hasil.rows[lembar.nama]:
            _simpan(lembar, [isi for _, isi in rows], hasil.orang)
    audit.record("tpp:impor", "tpp.data_diimpor", aktor=oleh, data=hasil.counts)
    return hasil.counts


def _simpan(lembar: Lembar, rows: Sequence[Mapping[str, Nilai]], orang: Mapping[str, UUID]) -> None:
    manager = lembar.model._default_manager
    isi = [
        lembar.model(pegawai_id=orang[row["nip"]], **{nama: nilai for nama, nilai in row.items() if nama != "nip"})
        for row in rows
    ]
    if lembar.model is SebabPotongan:  # a cause has no key of its own: the same one is not written twice
        ada = set(SebabPotongan.objects.filter(pegawai__in=orang.values()).values_list("pegawai", "kode", "tanggal"))
        manager.bulk_create([s for s in isi if (s.pegawai_id, s.kode, s.tanggal) not in ada], batch_size=1000)  # type: ignore[attr-defined]
        return
    diubah = [nama for nama in rows[0] if nama not in {"nip", *lembar.kunci}]
    manager.bulk_create(
        isi, batch_size=1000, update_conflicts=True, unique_fields=["pegawai", *lembar.kunci],
        update_fields=[*diubah, "diubah_pada"],
    )  # fmt: skip


@jobs.job(PEKERJAAN)
def impor_job(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Apply an uploaded workbook (`parameter`: berkas, and `opd` of an uploader who may not write all). Raises ImporBergalat; then nothing was written."""
    progress(0, pesan="Memeriksa berkas")
    with files.open_bytes(Berkas.objects.get(pk=job.parameter["berkas"])) as stored:
        opd = job.parameter.get("opd")
        hasil = check(stored, opd=None if opd is None else frozenset(map(UUID, opd)))
    total = sum(hasil.counts.values())
    progress(0, total=total, pesan="Menyimpan")
    with transaction.atomic():
        apply(hasil, oleh=job.oleh)
        progress(total, total=total, pesan="Selesai")  # cancelled meanwhile: nothing is written
    return {"jumlah": hasil.counts, "ditolak": len(hasil.ditolak)}
