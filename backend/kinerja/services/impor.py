"""SKP of many pegawai from one workbook: template, dry run with an error per cell, then all or nothing.

Sheets SKP, RHK, IKI, Renaksi; a row names its pegawai by NIP and its RHK by the number in the file. The plan obeys the
same rules as one that is typed (I5, I6, I14) and is in force from its first day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import IO, Any

from django.db import transaction

from backend.accounts.models import User
from backend.core.money import format_angka
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai, RiwayatJabatan
from backend.kepegawaian.penilai import Penilai
from backend.kinerja import enums, errors
from backend.kinerja.models import IKI, RHK, SKP, Renaksi, RenaksiBulan, TargetIKIBulan
from backend.kinerja.services.lembar_skp import (
    BULAN_PENDEK,
    KUNCI,
    LEMBAR,
    TANDA,
    Kolom,
    Lembar,
    SelSalah,
    kata,
    template,
)
from backend.kinerja.services.rencana import target_bulanan
from backend.platform import audit
from backend.platform.lembar import TAK_TERBACA, Galat, ImporBergalat, Isi, buka

__all__ = ["HasilPeriksa", "ImporBergalat", "apply", "check", "lines", "template"]


@dataclass
class HasilPeriksa:
    """The dry run: rows by sheet, faults, and counts by label. Only a report without faults can be applied."""

    rows: dict[str, list[Baris]] = field(default_factory=lambda: defaultdict(list))
    errors: list[Galat] = field(default_factory=list)
    notes: list[Galat] = field(default_factory=list)
    orang: dict[str, Pegawai] = field(default_factory=dict)
    jabatan: dict[str, RiwayatJabatan] = field(default_factory=dict)
    penilai: dict[str, Penilai] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        return {sheet.nama: len(self.rows[sheet.nama]) for sheet in LEMBAR}

    def salah(self, baris: Baris, column: str, message: str) -> None:
        self.errors.append(Galat(baris.sheet, baris.row, column, message))


@dataclass(frozen=True)
class Baris:
    """One row of a sheet: its number and its values by key."""

    sheet: str
    row: int
    isi: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.isi[key]


# --- Dry run ------------------------------------------------------------------------------------------------------


def check(file: IO[bytes]) -> HasilPeriksa:
    """Read a workbook and find every fault; nothing is written."""
    hasil = HasilPeriksa()
    book = buka(file.read())
    if book is None:
        hasil.errors.append(Galat("–", 1, "", TAK_TERBACA))
        return hasil
    for lembar in LEMBAR:
        _baca_lembar(book, lembar, hasil)
    if not hasil.errors and not hasil.rows["SKP"]:
        hasil.errors.append(Galat("SKP", 2, "NIP", "Lembar SKP belum berisi satu baris pun."))
    _periksa_ganda(hasil)
    _periksa_orang(hasil)
    _periksa_induk(hasil)
    _periksa_rencana(hasil)
    hasil.errors.sort(
        key=lambda galat: (
            [lembar.nama for lembar in LEMBAR].index(galat.sheet) if galat.sheet != "–" else -1,
            galat.row,
        )
    )
    return hasil


def _baca_lembar(book: Any, lembar: Lembar, hasil: HasilPeriksa) -> None:
    if lembar.nama not in book.sheetnames:
        hasil.errors.append(Galat(lembar.nama, 1, "", f"Lembar {lembar.nama} tidak ada. Gunakan templat."))
        return
    rows = Isi(book[lembar.nama], nama=lembar.nama, errors=hasil.errors)
    kurang = [kolom.judul for kolom in lembar.kolom if not rows.punya(kolom.judul)]
    for judul in kurang:
        hasil.errors.append(Galat(lembar.nama, 1, judul, f"Kolom {judul} tidak ada. Gunakan templat."))
    if kurang:
        return
    for nomor, cells in rows:
        _baca_baris(lembar, nomor, {kolom.key: rows.sel(cells, kolom.judul) for kolom in lembar.kolom}, hasil)


def _baca_baris(lembar: Lembar, nomor: int, cells: Mapping[str, Any], hasil: HasilPeriksa) -> None:
    isi: dict[str, Any] = {}
    sah = True
    for kolom in lembar.kolom:
        cell = cells[kolom.key]
        if cell is None or not kata(cell):
            isi[kolom.key] = None
            pesan = errors.Wajib.text() if kolom.wajib else ""
        else:
            isi[kolom.key], pesan = _baca_sel(kolom, cell)
        if pesan:
            sah = False
            hasil.errors.append(Galat(lembar.nama, nomor, kolom.judul, pesan))
    if sah:
        hasil.rows[lembar.nama].append(Baris(lembar.nama, nomor, isi))


def _baca_sel(kolom: Kolom, cell: Any) -> tuple[Any, str]:
    try:
        return kolom.baca(cell), ""
    except SelSalah as error:
        return None, str(error)


def _periksa_ganda(hasil: HasilPeriksa) -> None:
    for sheet, keys in KUNCI.items():
        seen: dict[tuple[Any, ...], int] = {}
        for baris in hasil.rows[sheet]:
            kunci = tuple(baris[key] for key in keys)
            if kunci in seen:
                hasil.salah(baris, _judul(sheet, keys[-1]), f"Sama dengan baris {seen[kunci]}. Hapus salah satu.")
            seen.setdefault(kunci, baris.row)


def _judul(sheet: str, key: str) -> str:
    return next(kolom.judul for lembar in LEMBAR if lembar.nama == sheet for kolom in lembar.kolom if kolom.key == key)


def _periksa_orang(hasil: HasilPeriksa) -> None:
    """People, their post and penilai on the first day of the SKP; nobody gets a second SKP for the same days."""
    rows = hasil.rows["SKP"]
    hasil.orang = {orang.nip: orang for orang in Pegawai.objects.filter(nip__in={baris["nip"] for baris in rows})}
    by_day: dict[date, list[Pegawai]] = defaultdict(list)
    for baris in rows:
        if baris["awal"] > baris["akhir"] or baris["awal"].year != baris["akhir"].year:
            hasil.salah(baris, "Akhir", "Awal dan akhir harus dalam satu tahun, dan awal tidak sesudah akhir.")
        elif baris["nip"] not in hasil.orang:
            hasil.salah(baris, "NIP", "Tidak ada pegawai dengan NIP ini.")
        else:
            by_day[baris["awal"]].append(hasil.orang[baris["nip"]])
    for hari, people in by_day.items():
        jabatan = kepegawaian.jabatan_semua([orang.pk for orang in people], hari)
        penilai = kepegawaian.penilai_semua(people, hari)
        hasil.jabatan |= {orang.nip: jabatan[orang.pk] for orang in people if orang.pk in jabatan}
        hasil.penilai |= {orang.nip: penilai[orang.pk] for orang in people}
    _periksa_jabatan(hasil)


def _periksa_jabatan(hasil: HasilPeriksa) -> None:
    berlaku = SKP.objects.filter(
        pegawai__in=hasil.orang.values(), status__in=[enums.StatusSKP.BERLAKU, enums.StatusSKP.DISETUJUI]
    )
    terisi: dict[str, list[SKP]] = defaultdict(list)
    for skp in berlaku.select_related("pegawai"):
        terisi[skp.pegawai.nip].append(skp)
    for baris in hasil.rows["SKP"]:
        if baris["nip"] in hasil.penilai and baris["nip"] not in hasil.jabatan:
            hasil.salah(
                baris,
                "Awal",
                "Pegawai ini tidak mempunyai jabatan definitif pada tanggal awal. Lengkapi riwayat jabatannya.",
            )
        if any(skp.awal <= baris["akhir"] and skp.akhir >= baris["awal"] for skp in terisi[baris["nip"]]):
            hasil.salah(
                baris, "NIP", "Pegawai ini sudah mempunyai SKP yang berlaku pada tanggal itu. Tutup dahulu SKP lamanya."
            )


def _periksa_induk(hasil: HasilPeriksa) -> None:
    """Every row stands under a SKP of the file, and every IKI and tahapan under a RHK of it."""
    skp = {baris["nip"] for baris in hasil.rows["SKP"]}
    rhk = {(baris["nip"], baris["no_rhk"]) for baris in hasil.rows["RHK"]}
    for sheet in ("RHK", "IKI", "Renaksi"):
        for baris in hasil.rows[sheet]:
            if baris["nip"] not in skp:
                hasil.salah(baris, "NIP", "NIP ini tidak ada pada lembar SKP, atau barisnya di sana masih salah.")
            elif sheet != "RHK" and (baris["nip"], baris["no_rhk"]) not in rhk:
                hasil.salah(
                    baris, "No RHK", "Nomor RHK ini tidak ada pada lembar RHK, atau barisnya di sana masih salah."
                )


def _periksa_rencana(hasil: HasilPeriksa) -> None:
    """I5, I6, I14 and what a format or approach asks of its rows."""
    skp = {baris["nip"]: baris for baris in hasil.rows["SKP"]}
    punya_utama = {baris["nip"] for baris in hasil.rows["RHK"] if baris["klasifikasi"] == enums.Klasifikasi.UTAMA}
    for nip, baris in skp.items():
        if nip not in punya_utama:
            hasil.salah(baris, "NIP", "SKP harus mempunyai paling sedikit satu RHK utama.")
    iki = Counter((baris["nip"], baris["no_rhk"]) for baris in hasil.rows["IKI"])
    jumlah: Counter[tuple[str, int]] = Counter()
    for baris in hasil.rows["Renaksi"]:
        jumlah[baris["nip"], baris["no_rhk"]] += sum(baris[f"bulan_{ke}"] or 0 for ke in range(1, 13))
        _periksa_bulan(hasil, baris, skp.get(baris["nip"]))
    for baris in hasil.rows["RHK"]:
        kunci = (baris["nip"], baris["no_rhk"])
        if not iki[kunci]:
            hasil.salah(baris, "No RHK", errors.IKIWajib.text())
        if jumlah[kunci] != 100:
            hasil.salah(baris, "No RHK", errors.TargetRenaksiBukan100.text(rhk=baris["teks"], n=jumlah[kunci]))
        if (
            (induk := skp.get(baris["nip"]))
            and induk["jenis_format"] == enums.JenisFormat.JPT
            and not baris["perspektif"]
        ):
            hasil.salah(baris, "Perspektif", errors.Wajib.text())
    for baris in hasil.rows["IKI"]:
        if induk := skp.get(baris["nip"]):
            _periksa_iki(hasil, baris, induk)
            _periksa_bulan(hasil, baris, induk)
    _periksa_pimpinan(hasil, skp)


def _periksa_bulan(hasil: HasilPeriksa, baris: Baris, skp: Baris | None) -> None:
    """Months outside awal..akhir have no target (I5)."""
    for ke, nama in enumerate(BULAN_PENDEK, start=1):
        if skp and baris[f"bulan_{ke}"] is not None and not skp["awal"].month <= ke <= skp["akhir"].month:
            hasil.salah(baris, nama, "Bulan ini di luar masa SKP. Kosongkan.")


def _periksa_iki(hasil: HasilPeriksa, baris: Baris, skp: Baris) -> None:
    kualitatif = skp["pendekatan"] == enums.Pendekatan.KUALITATIF
    rentang = baris["arah"] == enums.Arah.RENTANG
    for judul, salah, pesan in (
        ("Target Uraian", kualitatif and not baris["target_teks"], errors.Wajib.text()),
        ("Target Uraian", not kualitatif and baris["target_teks"], "Hanya untuk pendekatan kualitatif. Kosongkan."),
        ("Target", kualitatif and baris["target_max"] is not None, "Hanya untuk pendekatan kuantitatif. Kosongkan."),
        ("Target", not kualitatif and baris["target_max"] is None, errors.Wajib.text()),
        ("Target Minimum", rentang and not kualitatif and baris["target_min"] is None, errors.Wajib.text()),
        ("Target Minimum", baris["target_min"] is not None and (kualitatif or not rentang), "Hanya untuk arah Dalam rentang. Kosongkan."),
        ("Aspek", not kualitatif and skp["jenis_format"] == enums.JenisFormat.JA_JF and not baris["aspek"], errors.Wajib.text()),
        ("Jan", not _bulan_diukur(baris), "Tandai paling sedikit satu bulan pengukuran."),
    ):  # fmt: skip
        if salah:
            hasil.salah(baris, judul, pesan)
    if rentang and None not in (baris["target_min"], baris["target_max"]) and baris["target_min"] > baris["target_max"]:
        hasil.salah(baris, "Target Minimum", errors.RentangTerbalik.text())
    if baris["target_max"] is not None and not kualitatif:
        _periksa_target_bulan(hasil, baris)


def _periksa_target_bulan(hasil: HasilPeriksa, baris: Baris) -> None:
    bulanan = _target_bulan(baris)
    for ke, (low, high) in bulanan.items():
        if low is not None and high is not None and low > high:
            hasil.salah(baris, BULAN_PENDEK[ke - 1], errors.RentangTerbalik.text())
    jumlah = sum((high or Decimal(0) for _, high in bulanan.values()), Decimal(0))
    if baris["pola_ukur"] == enums.PolaUkur.HITUNGAN and bulanan and jumlah != baris["target_max"]:
        pesan = errors.TargetBulanTidakSama.text(n=format_angka(jumlah), t=format_angka(baris["target_max"]))
        hasil.salah(baris, "Target", pesan)
    if baris["pola_ukur"] == enums.PolaUkur.RILIS and len(bulanan) > 1:
        hasil.salah(baris, "Pola Ukur", "Pola rilis diukur pada satu bulan saja.")


def _bulan_diukur(baris: Baris) -> list[int]:
    return [ke for ke in range(1, 13) if baris[f"bulan_{ke}"] is not None]


def _target_bulan(baris: Baris) -> dict[int, tuple[Decimal | None, Decimal | None]]:
    """Target by month: as written, or what the pattern gives where only x stands."""
    diisi = {ke: baris[f"bulan_{ke}"] for ke in _bulan_diukur(baris) if baris[f"bulan_{ke}"] != TANDA}
    return target_bulanan(_iki(baris), diisi)


def _iki(baris: Baris, **lain: Any) -> IKI:
    fields = ("aspek", "uraian", "satuan", "arah", "pola_ukur", "target_min", "target_max", "target_teks")
    return IKI(urut=baris["no_iki"], bulan_ukur=_bulan_diukur(baris), **{name: baris[name] for name in fields}, **lain)


# --- The chain of RHK (I6) ----------------------------------------------------------------------------------------


def _pimpinan(hasil: HasilPeriksa, baris: Baris) -> tuple[str, int] | None:
    """(NIP, number) of the RHK that a RHK of the file supports."""
    if baris["no_pimpinan"] is None:
        return None
    penilai = hasil.penilai.get(baris["nip"])
    nip = baris["nip_pimpinan"] or (penilai.pegawai.nip if penilai and penilai.pegawai else "")
    return (nip, baris["no_pimpinan"])


def _rhk_tersimpan(hasil: HasilPeriksa) -> dict[tuple[str, int], RHK]:
    """RHK utama in force of the pimpinan that the file names, by (NIP, number)."""
    nips = {kunci[0] for baris in hasil.rows["RHK"] if (kunci := _pimpinan(hasil, baris))}
    tahun = {baris["awal"].year for baris in hasil.rows["SKP"]}
    rows = RHK.objects.filter(skp__pegawai__nip__in=nips, skp__tahun__in=tahun, klasifikasi=enums.Klasifikasi.UTAMA)
    rows = rows.filter(skp__status__in=[enums.StatusSKP.BERLAKU, enums.StatusSKP.DISETUJUI])
    return {(rhk.skp.pegawai.nip, rhk.urut): rhk for rhk in rows.select_related("skp__pegawai")}


def _periksa_pimpinan(hasil: HasilPeriksa, skp: Mapping[str, Baris]) -> None:
    dalam_berkas = {(baris["nip"], baris["no_rhk"]): baris for baris in hasil.rows["RHK"]}
    tersimpan = _rhk_tersimpan(hasil)
    punya_skp = {nip for nip, _ in tersimpan} | set(skp) | _nip_dengan_skp(hasil)
    for baris in hasil.rows["RHK"]:
        induk, kunci = skp.get(baris["nip"]), _pimpinan(hasil, baris)
        penilai = hasil.penilai.get(baris["nip"])
        wajib = (
            induk
            and induk["jenis_format"] == enums.JenisFormat.JA_JF
            and baris["klasifikasi"] == enums.Klasifikasi.UTAMA
        )
        if kunci is None:
            if wajib and penilai and penilai.pegawai and penilai.pegawai.nip in punya_skp:
                hasil.salah(baris, "No RHK Pimpinan", errors.RHKAtasanWajib.text())
        elif kunci not in dalam_berkas and kunci not in tersimpan:
            hasil.salah(
                baris, "No RHK Pimpinan", "RHK pimpinan ini tidak ada, baik dalam berkas maupun dalam SKP yang berlaku."
            )
        elif _melingkar(hasil, baris, dalam_berkas):
            hasil.salah(baris, "No RHK Pimpinan", errors.RantaiMelingkar.text())


def _nip_dengan_skp(hasil: HasilPeriksa) -> set[str]:
    penilai = {p.pegawai.pk for p in hasil.penilai.values() if p.pegawai}
    tahun = {baris["awal"].year for baris in hasil.rows["SKP"]}
    return set(SKP.objects.filter(pegawai__in=penilai, tahun__in=tahun).values_list("pegawai__nip", flat=True))


def _melingkar(hasil: HasilPeriksa, baris: Baris, dalam_berkas: Mapping[tuple[str, int], Baris]) -> bool:
    at: Baris | None = baris
    seen: set[tuple[str, int]] = set()
    while at is not None:
        kunci = (at["nip"], at["no_rhk"])
        if kunci in seen:
            return True
        seen.add(kunci)
        naik = _pimpinan(hasil, at)
        at = dalam_berkas.get(naik) if naik else None
    return False


# --- Applying -----------------------------------------------------------------------------------------------------


@transaction.atomic
def apply(hasil: HasilPeriksa, *, oleh: User | None) -> dict[str, int]:
    """Write every row, or nothing; returns the counts. Raises ImporBergalat."""
    if hasil.errors:
        raise ImporBergalat(n=len(hasil.errors))
    skp = _simpan_skp(hasil, oleh=oleh)
    rhk = _simpan_rhk(hasil, skp, oleh=oleh)
    _simpan_iki(hasil, rhk, oleh=oleh)
    _simpan_renaksi(hasil, rhk, oleh=oleh)
    for satu in skp.values():
        audit.record(f"skp:{satu.pk}", "skp.diimpor", aktor=oleh, data={"tahun": satu.tahun, "versi": satu.versi})
    return hasil.counts


def _simpan_skp(hasil: HasilPeriksa, *, oleh: User | None) -> dict[str, SKP]:
    versi = _versi_terakhir(hasil)
    rows = {}
    for baris in hasil.rows["SKP"]:
        nip = baris["nip"]
        jabatan, penilai = hasil.jabatan[nip], hasil.penilai[nip]
        rows[nip] = SKP(
            pegawai=hasil.orang[nip], riwayat_jabatan=jabatan, opd_id=jabatan.posisi.unor.opd_id, tahun=baris["awal"].year,
            awal=baris["awal"], akhir=baris["akhir"], jenis_format=baris["jenis_format"], pendekatan=baris["pendekatan"],
            penilai_pegawai=penilai.pegawai, penilai_pejabat=penilai.pejabat, versi=versi[jabatan.pk, baris["awal"].year] + 1,
            tanggal_penetapan=baris["awal"], status=enums.StatusSKP.BERLAKU, dibuat_oleh=oleh,
        )  # fmt: skip
    SKP.objects.bulk_create(rows.values(), batch_size=1000)
    return rows


def _versi_terakhir(hasil: HasilPeriksa) -> Counter[tuple[Any, int]]:
    versi: Counter[tuple[Any, int]] = Counter()
    rows = SKP.objects.filter(riwayat_jabatan__in=[row.pk for row in hasil.jabatan.values()])
    for jabatan, tahun, nomor in rows.values_list("riwayat_jabatan", "tahun", "versi"):
        versi[jabatan, tahun] = max(versi[jabatan, tahun], nomor)
    return versi


def _simpan_rhk(hasil: HasilPeriksa, skp: Mapping[str, SKP], *, oleh: User | None) -> dict[tuple[str, int], RHK]:
    fields = ("klasifikasi", "teks", "kategori", "intervensi", "perspektif", "penugasan_dari")
    tersimpan = _rhk_tersimpan(hasil)
    rows: dict[tuple[str, int], RHK] = {}
    for baris in hasil.rows["RHK"]:
        rows[baris["nip"], baris["no_rhk"]] = RHK(
            skp=skp[baris["nip"]], urut=baris["no_rhk"], status=enums.StatusRHK.DISETUJUI, dibuat_oleh=oleh,
            is_perintah_kepala_daerah=bool(baris["is_perintah_kepala_daerah"]),
            is_program_unggulan=bool(baris["is_program_unggulan"]), **{name: baris[name] for name in fields},
        )  # fmt: skip
    RHK.objects.bulk_create(rows.values(), batch_size=1000)
    menunjuk = []
    for baris in hasil.rows["RHK"]:
        if kunci := _pimpinan(hasil, baris):
            satu = rows[baris["nip"], baris["no_rhk"]]
            satu.rhk_atasan = rows.get(kunci) or tersimpan[kunci]
            menunjuk.append(satu)
    RHK.objects.bulk_update(menunjuk, ["rhk_atasan"], batch_size=1000)
    return rows


def _simpan_iki(hasil: HasilPeriksa, rhk: Mapping[tuple[str, int], RHK], *, oleh: User | None) -> None:
    pairs = [
        (baris, _iki(baris, rhk=rhk[baris["nip"], baris["no_rhk"]], dibuat_oleh=oleh)) for baris in hasil.rows["IKI"]
    ]
    IKI.objects.bulk_create([iki for _, iki in pairs], batch_size=1000)
    TargetIKIBulan.objects.bulk_create(
        (
            TargetIKIBulan(iki=iki, bulan=ke, target_min=low, target_max=high)
            for baris, iki in pairs
            for ke, (low, high) in _target_bulan(baris).items()
        ),
        batch_size=2000,
    )


def _simpan_renaksi(hasil: HasilPeriksa, rhk: Mapping[tuple[str, int], RHK], *, oleh: User | None) -> None:
    pairs = [
        (
            baris,
            Renaksi(
                rhk=rhk[baris["nip"], baris["no_rhk"]], urut=baris["no_tahapan"], tahapan=baris["tahapan"], output=baris["output"],
                anggaran=baris["anggaran"], dibuat_oleh=oleh,
            ),
        )
        for baris in hasil.rows["Renaksi"]
    ]  # fmt: skip
    Renaksi.objects.bulk_create([renaksi for _, renaksi in pairs], batch_size=1000)
    RenaksiBulan.objects.bulk_create(
        (
            RenaksiBulan(renaksi=renaksi, bulan=ke, target=target)
            for baris, renaksi in pairs
            for ke, target in _bulan_renaksi(baris)
        ),
        batch_size=2000,
    )


def _bulan_renaksi(baris: Baris) -> Iterator[tuple[int, int]]:
    for ke in range(1, 13):
        if baris[f"bulan_{ke}"] is not None:
            yield ke, baris[f"bulan_{ke}"]


def lines(hasil: HasilPeriksa) -> Iterable[str]:
    """The faults as the command prints them."""
    for galat in hasil.errors:
        yield f"{galat.sheet} baris {galat.row}, {galat.column or 'lembar'}: {galat.message}"
