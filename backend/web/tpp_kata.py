"""*Mengapa TPP saya sekian?*: the trace of a result as sentences, from the basic amount to what is received.

Nothing is computed anew. What predikat, discipline and weights take from the pagu is the stored difference between pagu
and TPP kinerja, shared among them by their exact parts, so that the lines add up to the rupiah.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse

from backend.core.money import format_angka, round_rupiah
from backend.core.periode import hari_tanggal, tanggal
from backend.presensi.models import HadirHarian
from backend.rules.models import RuleVersion
from backend.tpp import queries
from backend.tpp.bentuk import NOL
from backend.tpp.calculations import PENUH, bagi
from backend.tpp.enums import RUN_PENUH, ModeBulat, Run, StatusPeriode, StatusSanggah
from backend.tpp.kalimat import KODE, LANGKAH, PREDIKAT, kalimat
from backend.tpp.models import Hasil, Jejak
from backend.tpp.penjelasan import keterangan_baris
from backend.web import presensi_kata
from backend.web.kata import ringkas

TABEL = {
    "tpp_besaran": "besaran TPP",
    "tpp_faktor_pegawai": "faktor pegawai",
    "tpp_skala_unit": "skala unit",
    "tpp_plt": "Plt. dan Plh.",
    "tpp_plt_masa": "masa Plt. dan Plh.",
    "tpp_bobot": "bobot predikat dan disiplin",
    "tpp_predikat": "nilai predikat",
    "absen_potongan": "potongan presensi",
    "tpp_status_faktor": "faktor status",
    "tpp_admin": "potongan administrasi",
    "tpp_bendera": "sakelar TPP",
    "tpp_zakat": "zakat",
    "tpp_potongan_lain": "potongan lain",
    "tpp_stream": "aliran TPP",
    "tpp_syarat": "syarat pembayaran",
    "tpp_kedudukan": "kedudukan hukum",
    "bpjs": "iuran BPJS Kesehatan",
    "pph_mode": "cara menghitung PPh",
    "pph_ter": "tarif efektif PPh 21",
    "pph_final_gol": "tarif PPh 21 final",
    "pph_setahun": "PPh 21 setahun",
    "pasal_17": "tarif Pasal 17",
    "ptkp": "PTKP",
    "absen_kategori": "kategori presensi",
    "bup": "batas usia pensiun",
    "distribusi_predikat": "distribusi predikat",
    "hukuman_tidak_masuk": "hukuman tidak masuk kerja",
    "konversi_angka_kredit": "konversi angka kredit",
    "pemetaan_pimpinan": "pemetaan predikat pimpinan",
    "predikat_kinerja": "predikat kinerja",
    "rating_hasil_kerja": "rating hasil kerja",
}
NADA_PERIODE: dict[str, tuple[str, str]] = {
    StatusPeriode.DRAF: ("", "pencil"),
    StatusPeriode.DIBUKA: ("info", "hourglass"),
    StatusPeriode.DIHITUNG: ("info", "list-checks"),
    StatusPeriode.SANGGAH: ("warn", "hourglass"),
    StatusPeriode.KOREKSI: ("warn", "undo-2"),
    StatusPeriode.SIAP_SETUJU: ("info", "hourglass"),
    StatusPeriode.VERIFIKASI: ("info", "hourglass"),
    StatusPeriode.KEUANGAN: ("info", "hourglass"),
    StatusPeriode.TERKUNCI: ("ok", "lock"),
    StatusPeriode.DIBAYAR: ("ok", "circle-check"),
    StatusPeriode.DITOLAK: ("bad", "circle-x"),
}
NADA_SANGGAH: dict[str, tuple[str, str]] = {
    StatusSanggah.DIAJUKAN: ("warn", "hourglass"),
    StatusSanggah.DITERIMA: ("ok", "circle-check"),
    StatusSanggah.DITOLAK: ("bad", "circle-x"),
}


def kata_kode(kode: str) -> str:
    """`BUTUH_PERBAIKAN` → `Butuh perbaikan`."""
    return kode.replace("_", " ").capitalize()


def rupiah(nilai: Decimal | int) -> str:
    """`1.807.200`; with two decimals where there is a fraction."""
    angka = Decimal(nilai)
    return format_angka(angka, 0 if angka == angka.to_integral_value() else 2)


@dataclass(frozen=True)
class Langkah:
    """A row of a trace with its rule version and what the rule rows say of themselves."""

    jejak: Jejak
    versi: RuleVersion | None
    teks: tuple[str, ...] = ()

    @property
    def nama(self) -> str:
        return LANGKAH[self.jejak.langkah]

    @property
    def tabel(self) -> str:
        return TABEL.get(self.jejak.tabel, self.jejak.tabel)

    @property
    def kalimat(self) -> str:
        return kalimat(self.jejak, self.jejak.masukan)

    @property
    def masukan(self) -> str:
        return teks_masukan(self.jejak.masukan)

    @property
    def pembulatan(self) -> str:
        return pembulatan(self)


def langkah_hasil(hasil: Hasil) -> list[Langkah]:
    """The trace of a result with its rules, in two statements (and one a version that was never read before)."""
    rows = queries.jejak_hasil(hasil)
    versi = {str(row.pk): row for row in queries.versi_aturan({row.versi for row in rows})}
    return [Langkah(row, versi.get(row.versi), _teks(row, versi)) for row in rows]


def _teks(row: Jejak, versi: Mapping[str, RuleVersion]) -> tuple[str, ...]:
    if row.versi not in versi:
        return ()
    semua = (keterangan_baris(row.versi, kode) for kode in row.kode_baris.split(";"))
    return tuple(satu.rstrip(".") for satu in semua if satu)


def selisih(nilai: Decimal | int) -> str:
    """`+24.096`, `−24.096`, `0`."""
    return f"+{rupiah(nilai)}" if nilai > 0 else rupiah(nilai).replace("-", "−")


# --- Lines ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Aturan:
    """The rule rows behind a line: `Aturan PR-3, tabel nilai predikat`, its version and legal base, where to read it."""

    kalimat: str
    dasar: str
    teks: tuple[str, ...]
    url: str


@dataclass(frozen=True)
class Rinci:
    """One sentence of the details; `url` and `label` lead to the attendance day."""

    teks: str
    label: str = ""
    url: str = ""


@dataclass
class Baris:
    """A line of the table. `jumlah` is signed; `x` and `lebar` place its bar, in percent of the pagu."""

    judul: str
    jumlah: int
    sub: str = ""
    jenis: str = ""  # sum, net or empty
    rincian: list[Rinci] = field(default_factory=list)
    aturan: list[Aturan] = field(default_factory=list)
    x: str = "0"
    lebar: str = "0"

    @property
    def kurang(self) -> bool:
        return self.jumlah < 0


@dataclass(frozen=True)
class HariKejadian:
    """A day that cost something: its date, code and what happened."""

    tanggal: date
    kode: str
    kalimat: str
    url: str


def hari_kejadian(hari: Iterable[HadirHarian]) -> list[HariKejadian]:
    """The events of day rows, one line for each code."""
    return [
        HariKejadian(row.tanggal, kode, presensi_kata.sebab(row, kode), alamat_hari(row.pegawai_id, row.tanggal))
        for row in hari
        for kode in row.kode
    ]


def alamat_hari(pegawai: UUID, tgl: date) -> str:
    return reverse("presensi-hari", args=[pegawai, tgl.isoformat()])


def aturan_dari(langkah: Iterable[Langkah]) -> list[Aturan]:
    """The rules of some trace rows, each once."""
    hasil: dict[tuple[str, str, str], Aturan] = {}
    for satu in langkah:
        kunci = (satu.jejak.tabel, satu.jejak.versi, satu.jejak.kode_baris)
        hasil.setdefault(kunci, _aturan(satu))
    return list(hasil.values())


def _aturan(satu: Langkah) -> Aturan:
    kode = satu.jejak.kode_baris.replace(";", ", ")
    nama = TABEL.get(satu.jejak.tabel, satu.jejak.tabel)
    if satu.versi is None:
        return Aturan(f"Aturan {kode}, tabel {nama}.", "", satu.teks, "")
    sejak = tanggal(satu.versi.berlaku_mulai)
    url = reverse("tpp-aturan-versi", args=[satu.versi.pk])
    return Aturan(
        f"Aturan {kode}, tabel {nama} versi {satu.versi.nomor}, berlaku sejak {sejak}.",
        satu.versi.dasar_hukum, satu.teks, f"{url}#baris-{satu.jejak.kode_baris.split(';')[0]}",
    )  # fmt: skip


def pembulatan(satu: Langkah) -> str:
    """`dibulatkan ke rupiah terdekat dari 3.601.147,20`; empty where nothing was rounded."""
    jejak = satu.jejak
    if jejak.mode_bulat == ModeBulat.TANPA or jejak.sebelum_bulat == jejak.hasil:
        return ""
    return f"dibulatkan {ModeBulat(jejak.mode_bulat).label} dari {rupiah(jejak.sebelum_bulat)}"


def _rumus(satu: Langkah) -> Rinci:
    bulat = pembulatan(satu)
    return Rinci(f"{satu.kalimat}{f' Hasilnya {bulat}.' if bulat else ''}")


# --- The table -----------------------------------------------------------------------------------------------------------


def susun(hasil: Hasil, langkah: Sequence[Langkah], hari: Sequence[HariKejadian]) -> list[Baris]:
    """Every line from the basic amount to what is received. The amounts between two sums add up to the second."""
    per: dict[int, list[Langkah]] = {}
    for satu in langkah:
        per.setdefault(satu.jejak.langkah, []).append(satu)
    if hasil.periode.run == Run.SUSULAN:
        atas = [_kinerja_susulan(hasil, per)]
    else:
        atas = [*_pagu(hasil, per), *_realisasi(hasil, per, hari)]
    baris = [*atas, *_admin(hasil, per)]
    baris.append(Baris("TPP bruto", hasil.bruto, sub=_sub_bruto(hasil), jenis="sum"))
    baris += [*_bpjs(hasil, per), *_pph(hasil, per), *_potongan(per.get(8, []))]
    baris.append(
        Baris("TPP yang diterima", hasil.neto, sub=_rekening(hasil), jenis="net", aturan=aturan_dari(per.get(9, [])))
    )
    _batang(baris, penuh=max(hasil.pagu, hasil.bruto, 1))
    return baris


def _batang(baris: Iterable[Baris], *, penuh: int) -> None:
    """Where each bar begins and how wide it is: deductions hang on the right end of what was left before."""
    sisa = 0
    for satu in baris:
        if satu.jenis or (satu.jumlah >= 0 and not sisa):
            sisa = satu.jumlah
            satu.x, satu.lebar = "0", _persen(satu.jumlah, penuh)
            continue
        kiri, kanan = sorted((sisa, sisa + satu.jumlah))
        sisa += satu.jumlah
        satu.x, satu.lebar = _persen(kiri, penuh), _persen(kanan - kiri, penuh)


def _persen(nilai: int, penuh: int) -> str:
    """A length of the bar as SVG reads it, from 0 to 100."""
    return f"{min(max(nilai, 0) * 100 / penuh, 100):.3f}"


def _pagu(hasil: Hasil, per: dict[int, list[Langkah]]) -> list[Baris]:
    sendiri = [satu for satu in per.get(1, []) if not satu.jejak.masukan.get("jabatan_kedua")]
    dasar = int(sum((satu.jejak.hasil for satu in sendiri), NOL))
    kelas = f" kelas jabatan {hasil.kelas}" if hasil.kelas else ""
    baris = [
        Baris(
            f"TPP dasar{kelas}", dasar, sub=f"{hasil.jabatan}. Dibayar penuh bila kinerja dan disiplin 100 %.",
            rincian=[_rumus(satu) for satu in sendiri], aturan=aturan_dari(sendiri),
        )
    ]  # fmt: skip
    if beda := hasil.pagu - dasar:
        semua = [satu for satu in per.get(1, []) if satu not in sendiri] + per.get(2, [])
        baris.append(
            Baris("Penyesuaian TPP dasar", beda, sub=_sub_penyesuaian(per.get(2, [])),
                  rincian=[_rumus(satu) for satu in semua], aturan=aturan_dari(semua))
        )  # fmt: skip
    return baris


def _sub_penyesuaian(langkah: Sequence[Langkah]) -> str:
    nama = dict.fromkeys(TABEL.get(satu.jejak.tabel, satu.jejak.tabel) for satu in langkah)
    return f"Karena {', '.join(nama)}." if nama else ""


def _realisasi(hasil: Hasil, per: dict[int, list[Langkah]], hari: Sequence[HariKejadian]) -> list[Baris]:
    """What predikat, discipline and weights take from the pagu; with a status factor the one line of it."""
    kurang = hasil.pagu - hasil.kinerja
    langkah = per.get(3, [])
    empat = [_rumus(satu) for satu in per.get(4, [])]
    if hasil.periode.run in RUN_PENUH or not langkah:
        return [Baris("Realisasi", -kurang, rincian=empat, aturan=aturan_dari(per.get(4, [])))] if kurang else []
    bobot = _satu(langkah, "tpp_bobot")
    if bobot is None or hasil.predikat_persen is None or hasil.potongan_disiplin is None:
        faktor = f"Dibayar {ringkas(hasil.realisasi_persen)} % karena status bulan ini."
        return [
            Baris(
                "Status pegawai",
                -kurang,
                sub=faktor,
                rincian=[*map(_rumus, langkah), *empat],
                aturan=aturan_dari(langkah),
            )
        ]
    jam = _jam_efektif(per.get(4, []))
    kurang += sum(satu.jumlah for satu in jam)
    w_prod, w_disc = _bobot(hasil, bobot)
    potong = min(hasil.potongan_disiplin, PENUH)
    bagian = [w_prod * (PENUH - hasil.predikat_persen), w_disc * potong, (PENUH - w_prod - w_disc) * PENUH]
    predikat, disiplin, sisa = (int(satu) for satu in bagi(Decimal(kurang), [max(NOL, satu) for satu in bagian]))
    baris = [
        _baris_predikat(hasil, _satu(langkah, "tpp_predikat"), bobot, w_prod, predikat),
        _baris_disiplin(
            hasil, [satu for satu in langkah if satu.jejak.tabel == "absen_potongan"], bobot, w_disc, disiplin, hari
        ),
    ]
    if sisa or (not (predikat or disiplin) and kurang):
        rest = sisa or kurang
        sub = f"Bobot predikat {ringkas(w_prod)} % dan disiplin {ringkas(w_disc)} %."
        baris.append(Baris("Bobot bulan ini", -rest, sub=sub, rincian=empat, aturan=aturan_dari([bobot])))
    return [*baris, *jam]


def _jam_efektif(empat: Sequence[Langkah]) -> list[Baris]:
    """What too few effective minutes take (JAM_EFEKTIF): the whole of beban kerja as it would have been paid."""
    hasil = []
    for satu in empat:
        masukan = satu.jejak.masukan
        if "menit_efektif" in masukan:
            penuh = round_rupiah(Decimal(masukan["pagu"]) * Decimal(masukan["realisasi"]) / PENUH)
            hasil.append(Baris("Waktu kerja efektif kurang", -int(penuh), sub=satu.kalimat, aturan=aturan_dari([satu])))
    return hasil


def _satu(langkah: Iterable[Langkah], tabel: str) -> Langkah | None:
    return next((satu for satu in langkah if satu.jejak.tabel == tabel), None)


def _bobot(hasil: Hasil, bobot: Langkah) -> tuple[Decimal, Decimal]:
    """The weights, read from the formula `60 % × 80 + 40 % × 93.5` of the trace."""
    kiri, _, kanan = bobot.jejak.rumus.partition(" + ")
    return Decimal(kiri.split(" %")[0]), Decimal(kanan.split(" %")[0])


def _baris_predikat(hasil: Hasil, satu: Langkah | None, bobot: Langkah, w_prod: Decimal, jumlah: int) -> Baris:
    nilai = hasil.predikat_persen or NOL
    sub = f"Dinilai {ringkas(nilai)} %. Bobotnya {ringkas(w_prod)} %"
    sub += (
        f", jadi berkurang {ringkas(w_prod * (PENUH - nilai) / PENUH)} %."
        if nilai < PENUH
        else ", tidak ada pengurangan."
    )
    rumus = f"{ringkas(w_prod)} % × (100 − {ringkas(nilai)}) % × {rupiah(hasil.pagu)} = {rupiah(jumlah)}"
    semua = [baris for baris in (satu, bobot) if baris is not None]
    return Baris(
        f"Predikat bulanan: {PREDIKAT.get(hasil.predikat, kata_kode(hasil.predikat))}",
        -jumlah,
        sub,
        rincian=[Rinci(rumus)],
        aturan=aturan_dari(semua),
    )


def _baris_disiplin(
    hasil: Hasil, potong: Sequence[Langkah], bobot: Langkah, w_disc: Decimal, jumlah: int, hari: Sequence[HariKejadian]
) -> Baris:
    banyak = sum(int(satu.jejak.masukan.get("kali", 1)) for satu in potong)
    persen = hasil.potongan_disiplin or NOL
    judul = f"Disiplin: {banyak} kejadian" if banyak else "Disiplin: tanpa kejadian"
    sub = f"Potongan {ringkas(persen)} %. Bobotnya {ringkas(w_disc)} %"
    sub += (
        f", jadi berkurang {ringkas(w_disc * min(persen, PENUH) / PENUH)} %." if persen else ", tidak ada pengurangan."
    )
    if persen > PENUH:
        sub += " Potongan dihitung paling banyak 100 %."
    return Baris(
        judul, -jumlah, sub, rincian=_rinci_disiplin(potong, jumlah, hari), aturan=aturan_dari([*potong, bobot])
    )


def _rinci_disiplin(potong: Sequence[Langkah], jumlah: int, hari: Sequence[HariKejadian]) -> list[Rinci]:
    """One line a day where the days are known, else one a code; the rupiah of the lines add up to the whole."""
    menurut: dict[str, list[HariKejadian]] = {}
    for kejadian_satu in hari:
        menurut.setdefault(kejadian_satu.kode, []).append(kejadian_satu)
    isi: list[tuple[Decimal, str, HariKejadian | None]] = []
    for satu in potong:
        kode, kali = satu.jejak.masukan.get("kode", ""), int(satu.jejak.masukan.get("kali", 1))
        ketemu = menurut.get(kode, [])
        if len(ketemu) == kali:
            isi += [(satu.jejak.hasil / kali, kode, kejadian) for kejadian in ketemu]
        else:
            isi.append((satu.jejak.hasil, f"{KODE.get(kode, kode)}, {kali} kali", None))
    isi.sort(key=lambda satu: (satu[2].tanggal if satu[2] else date.max, satu[1]))
    hasil = []
    for (persen, kode, kejadian), nilai in zip(isi, bagi(Decimal(jumlah), [satu[0] for satu in isi]), strict=True):
        akhir = f"{ringkas(persen)} % = {rupiah(nilai)}"
        if kejadian is None:
            hasil.append(Rinci(f"{kode}: {akhir}"))
        else:
            awal = kejadian.kalimat[:1].lower() + kejadian.kalimat[1:]
            hasil.append(Rinci(f": {awal} ({kode}), {akhir}", hari_tanggal(kejadian.tanggal), kejadian.url))
    return hasil


def _kinerja_susulan(hasil: Hasil, per: dict[int, list[Langkah]]) -> Baris:
    empat = per.get(4, [])
    return Baris(
        "Selisih TPP kinerja", hasil.kinerja, sub="Hitungan ulang dikurangi yang sudah dibayar.",
        rincian=[_rumus(satu) for satu in empat], aturan=aturan_dari([*per.get(3, []), *empat]),
    )  # fmt: skip


def _admin(hasil: Hasil, per: dict[int, list[Langkah]]) -> list[Baris]:
    lima = per.get(5, [])
    if not hasil.admin and not lima:
        return []
    sebab = [kata_kode(str(kode)) for satu in lima for kode, _ in satu.jejak.masukan.get("sebab", [])]
    sub = f"Sebab: {', '.join(sebab)}." if sebab else ""
    return [
        Baris(
            "Potongan administrasi",
            -hasil.admin,
            sub,
            rincian=[_rumus(satu) for satu in lima],
            aturan=aturan_dari(lima),
        )
    ]


def _sub_bruto(hasil: Hasil) -> str:
    admin = "" if hasil.admin else " Tidak ada potongan administrasi."
    if hasil.realisasi_persen is None or hasil.periode.run == Run.SUSULAN:
        return admin.strip()
    return f"{ringkas(hasil.realisasi_persen)} % dari TPP dasar.{admin}"


def _bpjs(hasil: Hasil, per: dict[int, list[Langkah]]) -> list[Baris]:
    enam = per.get(6, [])
    if not enam:
        return []
    sub = f"Pemerintah daerah menambah {rupiah(hasil.bpjs_4)} di luar TPP Anda." if hasil.bpjs_4 else ""
    pegawai = [satu for satu in enam if satu.jejak.tanda] or enam
    rincian = [*map(_rumus, pegawai), *_batas(pegawai[0])]
    return [Baris("Iuran BPJS Kesehatan", -hasil.bpjs_1, sub, rincian=rincian, aturan=aturan_dari(enam))]


def _batas(satu: Langkah) -> list[Rinci]:
    masukan = satu.jejak.masukan
    if not {"terpakai", "batas"} <= masukan.keys():
        return []
    return [
        Rinci(f"Iuran atas gaji bulan itu {rupiah(masukan['terpakai'])}; batas penghasilan {rupiah(masukan['batas'])}.")
    ]


def _pph(hasil: Hasil, per: dict[int, list[Langkah]]) -> list[Baris]:
    tujuh = per.get(7, [])
    if not tujuh:
        return []
    pajak: dict[str, Any] = hasil.pajak
    kategori = f"kategori {pajak['kategori']}" if pajak.get("kategori") else ""
    if pajak.get("mode") == "PASAL_17":
        sub = "Pajak setahun dikurangi yang sudah dipotong."
    elif pajak.get("mode") == "FINAL_GOL":
        sub = f"Tarif final {ringkas(Decimal(str(pajak.get('tarif_total', 0))))} % menurut golongan {hasil.golongan}."
    else:
        sub = f"Tarif efektif {ringkas(Decimal(str(pajak.get('tarif_total', 0))))} % dari gaji dan TPP, {kategori}."
    dari_pegawai = -int(sum((satu.jejak.hasil * satu.jejak.tanda for satu in tujuh), NOL))
    if not dari_pegawai and hasil.pph:
        sub += " Ditanggung pemerintah daerah."
    judul = "Pengembalian PPh 21" if dari_pegawai < 0 else "Pajak penghasilan (PPh 21)"
    return [Baris(judul, -dari_pegawai, sub, rincian=[_rumus(satu) for satu in tujuh], aturan=aturan_dari(tujuh))]


def _potongan(delapan: Sequence[Langkah]) -> list[Baris]:
    hasil = []
    for satu in delapan:
        if not satu.jejak.tanda:
            continue
        zakat = satu.jejak.tabel == "tpp_zakat"
        judul = "Zakat" if zakat else satu.jejak.rumus
        sub = "Dihitung dari TPP bruto sesudah BPJS dan pajak, atas permintaan Anda." if zakat else ""
        hasil.append(
            Baris(
                judul,
                int(satu.jejak.hasil * satu.jejak.tanda),
                sub,
                rincian=[_rumus(satu)] if zakat else [],
                aturan=aturan_dari([satu]),
            )
        )
    return hasil


def _rekening(hasil: Hasil) -> str:
    return f"Masuk ke rekening berakhiran {hasil.rekening[-4:]}." if hasil.rekening else "Rekening belum tercatat."


def teks_masukan(masukan: dict[str, Any]) -> str:
    """The inputs of a trace row in one line."""
    return ", ".join(f"{nama.replace('_', ' ')} {_nilai(nilai)}" for nama, nilai in masukan.items())


def _nilai(nilai: Any) -> str:
    if isinstance(nilai, bool):
        return "ya" if nilai else "tidak"
    if isinstance(nilai, int):
        return rupiah(nilai)
    if isinstance(nilai, list):
        return "; ".join(" ".join(map(str, satu)) if isinstance(satu, list) else str(satu) for satu in nilai)
    return str(nilai).replace("_", " ")
