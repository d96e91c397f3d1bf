"""TPP cases (shape golden_tpp): one person and month through the nine steps, in production code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.core.errors import DomainError
from backend.operations.cases import CaseResult, InvalidCases, cases_of, first_inputs
from backend.tpp.aturan import Aturan
from backend.tpp.bentuk import (
    NOL,
    Besaran,
    Gabungan,
    Hasil,
    HasilAliran,
    Lapisan,
    Masukan,
    MasukanAliran,
    Pajak,
    Penugasan,
    Realisasi,
    Setahun,
)
from backend.tpp.calculations import hitung
from backend.tpp.enums import RUN_PENUH, Run
from backend.tpp.errors import UnknownRun

DESEMBER = "DESEMBER"  # a monthly run of December
BULAN_BIASA, BULAN_DESEMBER = 6, 12
PADA = date(2025, 6, 30)  # shipped files rule on any date
TAK_DIKENAL = "(tidak dihitung)"
Beda = list[tuple[str, Any, Any]]


def recognises(data: dict[str, Any]) -> bool:
    """By the keys of the first case."""
    masukan = first_inputs(data)
    return "pegawai" in masukan and ("aliran" in masukan or "tahun_berjalan" in masukan)


def check(data: dict[str, Any]) -> Iterator[CaseResult]:
    """Each case of a file; a case that cannot be computed differs by its error. Raises InvalidCases."""
    aturan = Aturan(PADA)
    for case in cases_of(data):
        title = str(case.get("judul", ""))
        try:
            actual = susun(hitung(masukan_dari(case), aturan), case)
            differences = selisih(case["harapan"], actual)
        except DomainError as error:
            differences = [("galat", "-", error.message)]
        yield CaseResult(case["id"], title, differences)


# --- A case as facts ---------------------------------------------------------------------------------------------------


def masukan_dari(case: Mapping[str, Any]) -> Masukan:
    """The facts of a case; keys that may be missing take the value of "nothing of the kind". Raises InvalidCases."""
    data = Baca(case["masukan"], case["id"])
    jenis = str(case.get("jenis_run") or Run.BULANAN)
    if jenis not in {*Run.values, DESEMBER}:
        raise UnknownRun(run=jenis, dikenal=", ".join([*Run.values, DESEMBER]))
    run = Run.BULANAN if jenis == DESEMBER else Run(jenis)
    pegawai, status, iuran = data.objek("pegawai"), data.objek("status_bulan"), data.objek("bpjs_gaji")
    bulan = _bulan(data, desember=jenis == DESEMBER)
    aliran = tuple(_aliran(satu) for satu in data.daftar("aliran"))
    return Masukan(
        status_asn=pegawai.teks("status_asn", "PNS"), ptkp=pegawai.teks("ptkp"), aliran=aliran, bulan=bulan, run=run,
        jenis_unit=data.teks("jenis_unit", ""), bulan_terakhir=jenis == DESEMBER and bulan != BULAN_DESEMBER,
        plt=tuple(_plt(satu, aliran) for satu in data.daftar("plt")), predikat=data.teks("predikat", "TIDAK_ADA"),
        kejadian={kode: _bulat(kali, kode) for kode, kali in data.objek("kejadian").isi.items()},
        hari_masuk=_hari_masuk(data, status, run=run, ada=bool(aliran)), menit_efektif=data.bilangan_boleh_kosong("menit_efektif"),
        golongan=pegawai.teks("golongan", ""),
        status=status.teks("jenis", "AKTIF"), status_bulan_ke=status.bilangan("bulan_ke", 1),
        potongan_admin=tuple((satu.teks("kode"), satu.bilangan("bulan_ke", 1)) for satu in data.daftar("potongan_admin")),
        gaji_bruto=data.angka("gaji_bruto", NOL), iuran_1=iuran.angka("iuran_1", NOL), iuran_4=iuran.angka("iuran_4", NOL),
        zakat=bool(data.isi.get("zakat", False)),
        potongan_lain=tuple((satu.teks("kode"), satu.angka("jumlah")) for satu in data.daftar("potongan_lain")),
        gabung=_gabung(data), setahun=_setahun(data, ada_tpp=bool(aliran)),
    )  # fmt: skip


def _bulan(data: Baca, *, desember: bool) -> int:
    """The month of the year, `6` or `2025-06`. A monthly run is taxed by TER, in whatever month a file puts it."""
    teks = data.teks("bulan", str(BULAN_DESEMBER if desember else BULAN_BIASA))
    bulan = _bulat(teks.split("-")[1] if "-" in teks else teks, f"{data.letak}, bulan")
    if not 1 <= bulan <= BULAN_DESEMBER:
        raise InvalidCases(sebab=f"kasus {data.letak}: bulan {teks} tidak ada")
    return bulan if desember else min(bulan, BULAN_DESEMBER - 1)


class Baca:
    """An object of a case, read by key. Raises InvalidCases with the case and the key."""

    def __init__(self, isi: Any, letak: str) -> None:
        if not isinstance(isi, dict):
            raise InvalidCases(sebab=f"kasus {letak} bukan objek")
        self.isi: dict[str, Any] = isi
        self.letak = letak

    def objek(self, nama: str) -> Baca:
        return Baca(self.isi.get(nama) or {}, f"{self.letak}, {nama}")

    def daftar(self, nama: str) -> list[Baca]:
        """A list of objects; one object alone is a list of one."""
        isi = self.isi.get(nama) or []
        return [Baca(satu, f"{self.letak}, {nama}") for satu in ([isi] if isinstance(isi, dict) else isi)]

    def teks(self, nama: str, kosong: str | None = None) -> str:
        nilai = self.isi.get(nama)
        return str(self._kosong(nama, kosong) if nilai is None else nilai)

    def angka(self, nama: str, kosong: Decimal | None = None) -> Decimal:
        nilai = self.isi.get(nama)
        return self._kosong(nama, kosong) if nilai is None else _angka(nilai, f"{self.letak}, {nama}")

    def bilangan(self, nama: str, kosong: int | None = None) -> int:
        nilai = self.isi.get(nama)
        return self._kosong(nama, kosong) if nilai is None else _bulat(nilai, f"{self.letak}, {nama}")

    def bilangan_boleh_kosong(self, nama: str) -> int | None:
        return None if self.isi.get(nama) is None else self.bilangan(nama)

    def _kosong(self, nama: str, kosong: Any) -> Any:
        if kosong is None:
            raise InvalidCases(sebab=f'kasus {self.letak} tidak memuat "{nama}"')
        return kosong


def _angka(nilai: Any, letak: str) -> Decimal:
    try:
        angka = Decimal(str(nilai))
    except InvalidOperation:
        angka = Decimal("NaN")
    if isinstance(nilai, bool) or not angka.is_finite():
        raise InvalidCases(sebab=f"kasus {letak}: {nilai!r} bukan angka")
    return angka


def _bulat(nilai: Any, letak: str) -> int:
    angka = _angka(nilai, letak)
    if angka != angka.to_integral_value():
        raise InvalidCases(sebab=f"kasus {letak}: {nilai!r} bukan bilangan bulat")
    return int(angka)


def _besaran(data: Baca) -> Besaran:
    persen = {kode: _angka(nilai, f"{data.letak}, {kode}") for kode, nilai in data.objek("persen_kriteria").isi.items()}
    return Besaran(data.angka("basic"), persen, kode=data.teks("kode_baris", "KASUS"), versi="berkas")


def _aliran(data: Baca) -> MasukanAliran:
    return MasukanAliran(data.teks("kode"), _besaran(data))


def _plt(data: Baca, aliran: Sequence[MasukanAliran]) -> Penugasan:
    """A second post; with an `aliran` list it has an amount per stream, else one amount for each stream."""
    sendiri = data.daftar("aliran")
    besaran = (
        {satu.teks("kode"): _besaran(satu) for satu in sendiri}
        if sendiri
        else {satu.kode: _besaran(data) for satu in aliran}
    )
    hari_bulan = data.bilangan("hari_kerja_bulan", 0)
    return Penugasan(
        data.teks("jenis_penugasan"), data.teks("selisih_jenjang"), data.bilangan("hari_kerja", hari_bulan), hari_bulan,
        bool(data.isi.get("sebulan_penuh", False)), besaran,
    )  # fmt: skip


def _hari_masuk(data: Baca, status: Baca, *, run: Run, ada: bool) -> int:
    """Needed only where step 3 weighs predikat and discipline."""
    perlu = ada and run not in RUN_PENUH and status.teks("jenis", "AKTIF") == "AKTIF"
    return data.bilangan("hari_masuk", None if perlu else 0)


def _gabung(data: Baca) -> Gabungan | None:
    if not data.isi.get("gabung_bulan_ini"):
        return None
    satu = data.objek("gabung_bulan_ini")
    return Gabungan(
        satu.angka("bruto_total"), satu.angka("pph_total"), satu.angka("bpjs_1", NOL), satu.angka("bpjs_4", NOL)
    )


def _setahun(data: Baca, *, ada_tpp: bool) -> Setahun | None:
    """The year before this payment. A row of December counts only for what the case does not give or compute itself."""
    if not data.isi.get("tahun_berjalan"):
        return None
    tahun = data.objek("tahun_berjalan")
    bulan = tahun.daftar("bulan")
    desember = [satu for satu in bulan if str(satu.isi.get("bulan")) == str(BULAN_DESEMBER)]
    lalu = [satu for satu in bulan if satu not in desember]
    bruto = _jumlah(lalu, "bruto_gaji", "bruto_tpp")
    bruto += NOL if data.isi.get("gaji_bruto") is not None else _jumlah(desember, "bruto_gaji")
    bruto += NOL if ada_tpp else _jumlah(desember, "bruto_tpp")
    return Setahun(
        bruto=bruto, pph=_jumlah(lalu, "pph_gaji", "pph_tpp"),
        bulan_bekerja=tahun.bilangan("bulan_bekerja", len(lalu) + 1),
        iuran_pensiun=tahun.angka("iuran_pensiun_setahun", NOL),
        zakat=tahun.angka("zakat_setahun_lewat_badan_resmi", NOL),
        pph_gaji=data.angka("pph_gaji_desember", _jumlah(desember, "pph_gaji")),
    )  # fmt: skip


def _jumlah(bulan: Sequence[Baca], *nama: str) -> Decimal:
    return sum((satu.angka(kolom, NOL) for satu in bulan for kolom in nama), NOL)


# --- A result in the shape of `harapan` -----------------------------------------------------------------------------------


def susun(hasil: Hasil, case: Mapping[str, Any]) -> dict[str, Any]:
    """What was computed, under the keys of the file."""
    aliran = {satu.kode: satu for satu in hasil.aliran}
    dinilai = {kode: satu.realisasi for kode, satu in aliran.items() if satu.realisasi is not None}
    return {
        "l1_dasar": {kode: satu.dasar for kode, satu in aliran.items()},
        "l2_pagu_kriteria": {kode: satu.pagu for kode, satu in aliran.items()},
        "l2_mode_plt": next((satu.mode_plt for satu in hasil.aliran if satu.mode_plt), None),
        "l2_pagu": hasil.pagu,
        "l3": {kode: _l3(satu) for kode, satu in dinilai.items()},
        "l4_realisasi": {kode: satu.terbayar for kode, satu in aliran.items()},
        "l4_tpp_kinerja": hasil.kinerja,
        "l5": {
            kode: {"potongan_admin_persen": satu.admin_persen, "potongan_admin": satu.admin, "tpp_bruto": satu.bruto}
            for kode, satu in aliran.items()
        },
        "l5_tpp_bruto": hasil.bruto,
        "l6_bpjs_1": hasil.bpjs_1,
        "l6_bpjs_4": hasil.bpjs_4,
        "l7_pph": _l7(hasil.pajak),
        "l8_zakat": hasil.zakat,
        "l8_potongan_lain": hasil.lain,
        "l9_neto": hasil.neto,
        "l9_bruto_spm": hasil.spm,
        "alokasi": {kode: _bagian(satu) for kode, satu in aliran.items()},
    }


def _l3(satu: Realisasi) -> dict[str, Any]:
    return {
        "potongan_disiplin_persen": satu.potongan,
        "nilai_disiplin": satu.disiplin,
        "nilai_predikat": satu.predikat,
        "bobot_produktivitas": satu.w_prod,
        "bobot_disiplin": satu.w_disc,
        "faktor_status": satu.faktor,
        "realisasi_persen": satu.persen,
    }


def _l7(pajak: Pajak) -> dict[str, Any]:
    """Every field of the tax under its own name and under the names that a file may use for it."""
    isi = {kolom.name: getattr(pajak, kolom.name) for kolom in fields(pajak)}
    return isi | {
        "bruto_gaji": pajak.bruto_sebelumnya,
        "tarif_gaji": pajak.tarif_sebelumnya,
        "pph_gaji": pajak.pph_sebelumnya,
        "pph_bulan_desember": pajak.pph_bulan_ini,
        "pph_gaji_desember": pajak.pph_gaji_bulan_ini,
    }


def _bagian(satu: HasilAliran) -> dict[str, Decimal]:
    return {
        "bruto": satu.bruto, "bpjs_1": satu.bpjs_1, "bpjs_4": satu.bpjs_4, "pph": satu.pph, "pph_tpp": satu.pph,
        "zakat": satu.zakat, "neto": satu.neto, "bruto_spm": satu.spm, "spm": satu.spm,
    }  # fmt: skip


# --- Comparison -------------------------------------------------------------------------------------------------------------


def selisih(harapan: Mapping[str, Any], hasil: Mapping[str, Any]) -> Beda:
    """Each step of `harapan` that differs. Numbers are compared as numbers, whatever they are written as."""
    beda: Beda = []
    for nama, nilai in harapan.items():
        if nama in hasil and nama != "alokasi":
            _banding(nama, nilai, hasil[nama], beda)
        elif not isinstance(nilai, str):  # a remark is no step
            _banding_alokasi(nama, nilai, hasil["alokasi"], beda)
    return beda


def _banding(letak: str, harapan: Any, hasil: Any, beda: Beda) -> None:
    if isinstance(hasil, tuple):
        _banding_lapisan(letak, harapan, hasil, beda)
    elif isinstance(harapan, Mapping):
        isi = hasil if isinstance(hasil, Mapping) else {}
        for nama, nilai in harapan.items():
            _banding(f"{letak}.{nama}", nilai, isi.get(nama, TAK_DIKENAL), beda)
        # a criterion or stream that the file does not expect; a tax has fields that a file need not name
        lebih = [nama for nama in isi if nama not in harapan] if letak.startswith(("l1", "l2", "l4")) else []
        beda.extend((f"{letak}.{nama}", "-", _tampil(isi[nama])) for nama in lebih)
    elif _normal(harapan) != _normal(hasil):
        beda.append((letak, harapan, _tampil(hasil)))


def _banding_lapisan(letak: str, harapan: Any, hasil: Sequence[Lapisan], beda: Beda) -> None:
    """Brackets in order. Files name the columns as they like, so each expected number must be one of the bracket's."""
    daftar = harapan if isinstance(harapan, list) else []
    if len(daftar) != len(hasil):
        beda.append((letak, f"{len(daftar)} lapisan", f"{len(hasil)} lapisan"))
        return
    for nomor, (mau, ada) in enumerate(zip(daftar, hasil, strict=True), 1):
        milik = {_normal(nilai) for nilai in (ada.dari, ada.sampai, ada.tarif, ada.bagian, ada.pph, nomor)}
        nilai = mau.values() if isinstance(mau, Mapping) else mau if isinstance(mau, list) else [mau]
        salah = [satu for satu in nilai if isinstance(_normal(satu), Decimal) and _normal(satu) not in milik]
        if salah:
            beda.append((f"{letak}[{nomor}]", salah, f"tarif {ada.tarif}, bagian {ada.bagian}, pph {ada.pph}"))


def _banding_alokasi(nama: str, harapan: Any, alokasi: Mapping[str, Mapping[str, Decimal]], beda: Beda) -> None:
    """Shares of streams: stream and amount stand somewhere in the path, in either order."""
    for letak, nilai in _daun((nama,), harapan):
        bagian = [_tanpa_awalan(satu) for satu in letak]
        aliran = next((satu for satu in bagian if satu in alokasi), None)
        jumlah = next((satu for satu in bagian if aliran and satu in alokasi[aliran]), None)
        hasil: Any = alokasi[aliran][jumlah] if aliran and jumlah else TAK_DIKENAL
        if _normal(nilai) != _normal(hasil):
            beda.append((".".join(letak), nilai, _tampil(hasil)))


def _daun(letak: tuple[str, ...], nilai: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(nilai, Mapping):
        for nama, isi in nilai.items():
            yield from _daun((*letak, str(nama)), isi)
    else:
        yield letak, nilai


def _tanpa_awalan(nama: str) -> str:
    """`l6_bpjs_1` → `bpjs_1`."""
    awal, garis, sisa = nama.partition("_")
    return sisa if garis and awal[:1] == "l" and awal[1:].isdigit() else nama


def _normal(nilai: Any) -> Any:
    """A number as Decimal, also when it is written as text; anything else as it is."""
    if isinstance(nilai, bool) or nilai is None:
        return nilai
    if isinstance(nilai, int | Decimal | str):
        try:
            return Decimal(nilai)
        except InvalidOperation:
            return nilai
    return nilai


def _tampil(nilai: Any) -> Any:
    tampil: Callable[[Any], Any] = str if isinstance(nilai, Decimal) else (lambda satu: satu)
    return tampil(nilai)
