"""The computation order R-2025 (tpp.md §5): one function a step, every rupiah with its rule row in the trace.

Pure: facts and compiled rule tables go in, amounts and trace come out. HU and DOWN are `core.money`'s named roundings;
percentages are never rounded. No rate, bracket, cap or switch stands here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal

from backend.core.money import round_rupiah
from backend.tpp.aturan import Aturan, Jawaban
from backend.tpp.bentuk import (
    NOL,
    Besaran,
    Hasil,
    HasilAliran,
    Jejak,
    Masukan,
    MasukanAliran,
    Penugasan,
    PerKriteria,
    Realisasi,
    Rupiah,
)
from backend.tpp.enums import RUN_PENUH, ModeBulat
from backend.tpp.pajak import DESEMBER, desimal, hitung_pajak, isi, ribuan

VERSI = "R-2025"
PENUH = Decimal(100)  # a whole, in percent
SATU = Decimal(1)
HU, DOWN, TANPA = ModeBulat.HU.value, ModeBulat.DOWN.value, ModeBulat.TANPA.value
# How the events of a recap are asked from absen_potongan: they carry their codes already.
KEJADIAN = {"hari_ke": None, "bersurat": None, "ramadan": False}


def hitung(masukan: Masukan, aturan: Aturan) -> Hasil:
    """Steps 1 to 9 for one person and month. Raises what the rule tables raise, TahunBerjalanMissing."""
    jejak: list[Jejak] = []
    penuh = masukan.run in RUN_PENUH
    aliran = [_aliran(satu, masukan, aturan, jejak, penuh=penuh) for satu in masukan.aliran]
    bruto = sum((satu.bruto for satu in aliran), NOL)
    bpjs_1, bpjs_4 = (NOL, NOL) if penuh else langkah_6(bruto, masukan, aturan, jejak)
    pajak = hitung_pajak(bruto, bpjs_4, masukan, aturan, jejak)
    beban = aturan.bendera("PPH_BEBAN")
    pph_pegawai = NOL if beban.nilai == "PEMDA" else pajak.pph_tpp
    zakat = NOL if penuh or not masukan.zakat else langkah_8(bruto - bpjs_1 - pph_pegawai, aturan, jejak)
    lain = NOL if penuh else _potongan_lain(masukan.potongan_lain, aturan, jejak)
    hasil = Hasil(aliran, pajak, jejak, bruto=bruto, bpjs_1=bpjs_1, bpjs_4=bpjs_4, zakat=zakat, lain=lain)
    hasil.pagu = sum((sum(satu.pagu.values(), NOL) for satu in aliran), NOL)
    hasil.kinerja = sum((satu.kinerja for satu in aliran), NOL)
    hasil.neto = bruto - bpjs_1 - pph_pegawai - zakat - lain
    hasil.spm = bruto + bpjs_4 + (pajak.pph_tpp - pph_pegawai)
    _bagikan(hasil, pph_pegawai)
    _langkah_9(hasil, beban.jawaban)
    return hasil


def _aliran(satu: MasukanAliran, masukan: Masukan, aturan: Aturan, jejak: list[Jejak], *, penuh: bool) -> HasilAliran:
    """Steps 1 to 5 of one stream; THR and the thirteenth month pay the pagu."""
    if satu.bagian:
        dasar, pagu, mode = _prorata(satu, masukan, aturan, jejak)
    else:
        dasar = langkah_1(satu.besaran, satu.kode, jejak)
        pagu, mode = langkah_2(dasar, satu.kode, masukan, aturan, jejak)
    hasil = HasilAliran(satu.kode, dasar, pagu, mode)
    if penuh:
        hasil.terbayar = dict(pagu)
        hasil.kinerja = hasil.bruto = sum(pagu.values(), NOL)
        _bayar_pagu(satu, pagu, jejak)
        return hasil
    hasil.realisasi, baris = langkah_3(satu.kode, masukan, aturan, jejak)
    hasil.terbayar = langkah_4(pagu, hasil.realisasi.persen, satu.kode, baris, masukan, aturan, jejak)
    hasil.kinerja = sum(hasil.terbayar.values(), NOL)
    hasil.admin_persen, hasil.admin = langkah_5(hasil.kinerja, satu.kode, masukan, aturan, jejak)
    hasil.bruto = hasil.kinerja - hasil.admin
    _tanpa_keterangan(hasil, masukan, aturan, jejak)
    return hasil


# --- Steps 1 and 2: pagu ------------------------------------------------------------------------------------------------


def langkah_1(besaran: Besaran, aliran: str, jejak: list[Jejak], *, kedua: bool = False) -> PerKriteria:
    """dasar_c = HU(basic × pct_c / 100)."""
    dasar: PerKriteria = {}
    for kriteria, persen in besaran.persen.items():
        tepat = besaran.basic * persen / PENUH
        dasar[kriteria] = hasil = round_rupiah(tepat)
        rumus = f"{ribuan(besaran.basic)} × {desimal(persen)} %{' (jabatan kedua)' if kedua else ''}"
        jejak.append(
            Jejak(1, aliran, kriteria, "tpp_besaran", besaran.versi, besaran.kode,
                  f'{{"basic": {besaran.basic}, "persen": "{persen}", "jabatan_kedua": {"true" if kedua else "false"}}}',
                  rumus, tepat, HU, hasil, 0)
        )  # fmt: skip
    return dasar


def langkah_2(
    dasar: PerKriteria, aliran: str, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]
) -> tuple[PerKriteria, str | None]:
    """× faktor_pegawai, × skala_unit, then tpp_plt: the pagu of each criterion, and the Plt mode that counted."""
    faktor = aturan.tanya("tpp_faktor_pegawai", status_asn=masukan.status_asn)
    pagu = _kalikan(dasar, faktor.nilai["faktor"], faktor, aliran, jejak, {"status_asn": masukan.status_asn})
    skala = aturan.tanya("tpp_skala_unit", jenis_unit=masukan.jenis_unit)
    pagu = _kalikan(pagu, skala.nilai["skala"] / PENUH, skala, aliran, jejak, {"jenis_unit": masukan.jenis_unit})
    return _tambah_plt(pagu, aliran, masukan, aturan, jejak) if masukan.plt else (pagu, None)


def _kalikan(
    pagu: PerKriteria, kali: Decimal, jawaban: Jawaban, aliran: str, jejak: list[Jejak], fakta: Mapping[str, str]
) -> PerKriteria:
    """Each criterion times a factor, HU; a factor of 1 changes nothing and leaves no trace."""
    if kali == SATU:
        return pagu
    asal = isi(**fakta)
    baru: PerKriteria = {}
    for kriteria, nilai in pagu.items():
        tepat = nilai * kali
        baru[kriteria] = round_rupiah(tepat)
        rumus = f"{ribuan(nilai)} × {desimal(kali.normalize())}"
        jejak.append(
            Jejak(
                2,
                aliran,
                kriteria,
                jawaban.tabel,
                jawaban.versi,
                jawaban.kode,
                asal,
                rumus,
                tepat,
                HU,
                baru[kriteria],
                0,
            )
        )
    return baru


def _tambah_plt(
    pagu: PerKriteria, aliran: str, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]
) -> tuple[PerKriteria, str | None]:
    """The second post with the highest result counts; the first of equals."""
    terbaik: tuple[Rupiah, PerKriteria, str, list[Jejak]] | None = None
    for penugasan in masukan.plt:
        catatan: list[Jejak] = []
        hasil, mode = _satu_plt(pagu, penugasan, aliran, aturan, catatan)
        jumlah = sum(hasil.values(), NOL)
        if terbaik is None or jumlah > terbaik[0]:
            terbaik = (jumlah, hasil, mode, catatan)
    assert terbaik is not None  # noqa: S101 called with at least one second post
    jejak += terbaik[3]
    return terbaik[1], terbaik[2]


def _satu_plt(
    pagu: PerKriteria, penugasan: Penugasan, aliran: str, aturan: Aturan, jejak: list[Jejak]
) -> tuple[PerKriteria, str]:
    masa = aturan.tanya(
        "tpp_plt_masa", jenis_penugasan=penugasan.jenis, hari_kerja=penugasan.hari_kerja,
        hari_kerja_bulan=penugasan.hari_kerja_bulan, sebulan_penuh=penugasan.sebulan_penuh,
    )  # fmt: skip
    cara = aturan.tanya(
        "tpp_plt", jenis_penugasan=penugasan.jenis, selisih_jenjang=penugasan.selisih, memenuhi_masa=masa.nilai["memenuhi"],
    )  # fmt: skip
    mode, persen = cara.nilai["mode"], cara.nilai["persen"]
    besaran = penugasan.besaran.get(aliran)
    if mode == "TIDAK_ADA" or besaran is None:
        return pagu, mode
    kedua = langkah_1(besaran, aliran, jejak, kedua=True)
    baru = {}
    for kriteria in dict.fromkeys((*pagu, *kedua)):
        sendiri, lain = pagu.get(kriteria, NOL), kedua.get(kriteria, NOL)
        baru[kriteria], rumus, tepat = _plt_kriteria(sendiri, lain, mode=mode, persen=persen)
        asal = isi(jenis_penugasan=penugasan.jenis, selisih_jenjang=penugasan.selisih, hari_kerja=penugasan.hari_kerja,
                   sendiri=sendiri, kedua=lain)  # fmt: skip
        jejak.append(
            Jejak(2, aliran, kriteria, cara.tabel, cara.versi, cara.kode, asal, rumus, tepat, HU, baru[kriteria], 0)
        )
    return baru, mode


def _plt_kriteria(sendiri: Rupiah, kedua: Rupiah, *, mode: str, persen: Decimal) -> tuple[Rupiah, str, Decimal]:
    """One criterion by the mode of tpp_plt: amount, formula, amount before rounding."""
    if mode == "GANTI":
        tepat = kedua * persen / PENUH
        return round_rupiah(tepat), f"{ribuan(kedua)} × {desimal(persen)} %", tepat
    pokok, tambah = (sendiri, kedua) if mode == "SENDIRI_PLUS" else (max(sendiri, kedua), min(sendiri, kedua))
    bagian = tambah * persen / PENUH
    return pokok + round_rupiah(bagian), f"{ribuan(pokok)} + {desimal(persen)} % × {ribuan(tambah)}", pokok + bagian


def _prorata(
    satu: MasukanAliran, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]
) -> tuple[PerKriteria, PerKriteria, str | None]:
    """Posts of a part of the month: each step-2 amount weighted by its share of working days, HU per criterion."""
    semua = sum(bagian.hari_kerja for bagian in satu.bagian)
    dasar: PerKriteria = {}
    tepat: PerKriteria = {}
    mode: str | None = None
    for bagian in satu.bagian:
        sendiri = langkah_1(bagian.besaran, satu.kode, jejak)
        pagu, mode = langkah_2(sendiri, satu.kode, masukan, aturan, jejak)
        for kriteria, nilai in pagu.items():
            tepat[kriteria] = tepat.get(kriteria, NOL) + nilai * bagian.hari_kerja
            dasar[kriteria] = dasar.get(kriteria, NOL) + sendiri.get(kriteria, NOL) * bagian.hari_kerja
    acuan = aturan.bendera("POSISI_ACUAN").jawaban
    pagu = {}
    for kriteria, jumlah in tepat.items():
        rata = jumlah / semua
        pagu[kriteria] = round_rupiah(rata)
        rumus = f"{ribuan(jumlah)} ÷ {semua} hari kerja"
        asal = isi(hari_kerja=semua)
        jejak.append(
            Jejak(
                2, satu.kode, kriteria, acuan.tabel, acuan.versi, acuan.kode, asal, rumus, rata, HU, pagu[kriteria], 0
            )
        )
    return {kriteria: round_rupiah(nilai / semua) for kriteria, nilai in dasar.items()}, pagu, mode


def _bayar_pagu(satu: MasukanAliran, pagu: PerKriteria, jejak: list[Jejak]) -> None:
    besaran = satu.besaran
    for kriteria, nilai in pagu.items():
        jejak.append(
            Jejak(4, satu.kode, kriteria, "tpp_besaran", besaran.versi, besaran.kode, "{}", "pagu dibayar penuh", nilai,
                  TANPA, nilai, 1)
        )  # fmt: skip


# --- Steps 3 and 4: realisasi ---------------------------------------------------------------------------------------------


def langkah_3(aliran: str, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]) -> tuple[Realisasi, Jawaban]:
    """Realisasi in percent, and the row that decided it: the status factor, else predikat and discipline by weight."""
    penuh = aturan.bendera("DESEMBER_PENUH")
    if penuh.aktif and masukan.bulan == DESEMBER:
        return Realisasi(PENUH), penuh.jawaban
    status = aturan.tanya("tpp_status_faktor", jenis_status=masukan.status, bulan_ke=masukan.status_bulan_ke)
    faktor = status.nilai["faktor"]
    if faktor is not None:
        asal = isi(jenis_status=masukan.status, bulan_ke=masukan.status_bulan_ke)
        jejak.append(
            Jejak(
                3,
                aliran,
                "",
                status.tabel,
                status.versi,
                status.kode,
                asal,
                f"faktor status {desimal(faktor)} %",
                faktor,
                TANPA,
                faktor,
                0,
            )
        )
        return Realisasi(faktor, faktor=faktor), status
    potongan = _potongan_disiplin(aliran, masukan.kejadian, aturan, jejak)
    disiplin = max(NOL, PENUH - potongan)
    predikat = aturan.tanya("tpp_predikat", predikat=masukan.predikat)
    bobot = aturan.tanya("tpp_bobot", aliran=aliran, hari_masuk=masukan.hari_masuk)
    w_prod, w_disc, nilai = bobot.nilai["w_prod"], bobot.nilai["w_disc"], predikat.nilai["persen"]
    persen = (w_prod * nilai + w_disc * disiplin) / PENUH
    jejak.append(
        Jejak(3, aliran, "", predikat.tabel, predikat.versi, predikat.kode, f'{{"predikat": "{masukan.predikat}"}}',
              f"nilai predikat {desimal(nilai)} %", nilai, TANPA, nilai, 0)
    )  # fmt: skip
    jejak.append(
        Jejak(3, aliran, "", bobot.tabel, bobot.versi, bobot.kode,
              f'{{"hari_masuk": {masukan.hari_masuk}, "predikat": "{nilai}", "disiplin": "{disiplin}"}}',
              f"{desimal(w_prod)} % × {desimal(nilai)} + {desimal(w_disc)} % × {desimal(disiplin)}", persen, TANPA, persen, 0)
    )  # fmt: skip
    return Realisasi(persen, None, potongan, disiplin, nilai, w_prod, w_disc), bobot


def _potongan_disiplin(aliran: str, kejadian: Mapping[str, int], aturan: Aturan, jejak: list[Jejak]) -> Decimal:
    """Sum of absen_potongan over the events of the month, in percent."""
    jumlah = NOL
    for kode, kali in kejadian.items():
        jawaban = aturan.tanya("absen_potongan", kode=kode, **KEJADIAN)
        satu = jawaban.nilai["persen"]
        bagian = satu * kali
        jumlah += bagian
        jejak.append(
            Jejak(3, aliran, "", jawaban.tabel, jawaban.versi, jawaban.kode, f'{{"kode": "{kode}", "kali": {kali}}}',
                  f"{kode}: {kali} × {desimal(satu)} %", bagian, TANPA, bagian, 0)
        )  # fmt: skip
    return jumlah


def langkah_4(
    pagu: PerKriteria,
    persen: Decimal,
    aliran: str,
    baris: Jawaban,
    masukan: Masukan,
    aturan: Aturan,
    jejak: list[Jejak],
) -> PerKriteria:
    """realisasi_c = HU(pagu_c × realisasi % / 100). JAM_EFEKTIF: without enough minutes beban kerja is 0.

    Where a status (a leave of the whole month) or a full December decides the month, minutes do not.
    """
    terbayar: PerKriteria = {}
    kurang_jam = _kurang_jam(masukan, aturan) if baris.tabel == "tpp_bobot" else None
    for kriteria, nilai in pagu.items():
        tepat = nilai * persen / PENUH
        rumus = f"{ribuan(nilai)} × {desimal(persen)} %"
        jawaban, asal = baris, f'{{"pagu": {nilai}, "realisasi": "{persen}"}}'
        if kurang_jam and kriteria == "BK":
            jawaban, tepat = kurang_jam, NOL
            ambang = kurang_jam.nilai["ambang"]
            rumus = f"waktu kerja efektif {masukan.menit_efektif} dari {ambang} menit: 0"
            asal = isi(pagu=int(nilai), realisasi=persen, menit_efektif=masukan.menit_efektif, ambang=int(ambang))
        terbayar[kriteria] = hasil = round_rupiah(tepat)
        jejak.append(
            Jejak(4, aliran, kriteria, jawaban.tabel, jawaban.versi, jawaban.kode, asal, rumus, tepat, HU, hasil, 1)
        )
    return terbayar


def _kurang_jam(masukan: Masukan, aturan: Aturan) -> Jawaban | None:
    """The switch that leaves beban kerja unpaid, when it is on and the minutes are known and too few."""
    jam = aturan.bendera("JAM_EFEKTIF")
    if not jam.aktif or masukan.menit_efektif is None or jam.ambang is None:
        return None
    return jam.jawaban if masukan.menit_efektif < jam.ambang else None


# --- Step 5: admin deductions -----------------------------------------------------------------------------------------------


def langkah_5(
    kinerja: Rupiah, aliran: str, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]
) -> tuple[Decimal, Rupiah]:
    """potongan admin = HU(TPP kinerja × admin % / 100); the percentages add up, at most to a whole."""
    if not masukan.potongan_admin:
        return NOL, NOL
    penuh = aturan.bendera("DESEMBER_PENUH")
    if penuh.aktif and masukan.bulan == DESEMBER:
        return NOL, NOL
    jumlah, jawaban = _persen_admin(aliran, masukan, aturan)
    persen = min(PENUH, jumlah)
    if not persen:
        return persen, NOL
    tepat = kinerja * persen / PENUH
    potongan = round_rupiah(tepat)
    kode = ";".join(satu.kode for satu in jawaban)
    asal = json.dumps({"sebab": masukan.potongan_admin, "kinerja": int(kinerja)})
    rumus = f"{ribuan(kinerja)} × {desimal(persen)} %"
    jejak.append(Jejak(5, aliran, "", jawaban[0].tabel, jawaban[0].versi, kode, asal, rumus, tepat, HU, potongan, -1))
    return persen, potongan


def _persen_admin(aliran: str, masukan: Masukan, aturan: Aturan) -> tuple[Decimal, list[Jawaban]]:
    """Sum of the percentages of all causes, and the answers that hold one."""
    semua = [
        aturan.tanya("tpp_admin", kode=kode, bulan_ke=bulan_ke, bulan=masukan.bulan, aliran=aliran)
        for kode, bulan_ke in masukan.potongan_admin
    ]
    jawaban = [satu for satu in semua if satu.kode]
    return sum((persen for satu in jawaban for persen in satu.nilai["persen"]), NOL), jawaban


def _tanpa_keterangan(hasil: HasilAliran, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]) -> None:
    """TMS_TK: more days without notice than the threshold leave no TPP."""
    tms = aturan.bendera("TMS_TK")
    hari = masukan.kejadian.get("TK", 0)
    if not tms.aktif or tms.ambang is None or hari <= tms.ambang or not hasil.bruto:
        return
    jawaban = tms.jawaban
    jejak.append(
        Jejak(5, hasil.kode, "", jawaban.tabel, jawaban.versi, jawaban.kode, f'{{"TK": {hari}}}',
              f"{hari} hari tanpa keterangan: TPP tidak dibayar", hasil.bruto, TANPA, hasil.bruto, -1)
    )  # fmt: skip
    hasil.bruto = NOL


# --- Steps 6, 8 and 9: the person ---------------------------------------------------------------------------------------------


def langkah_6(bruto: Rupiah, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]) -> tuple[Rupiah, Rupiah]:
    """BPJS 1 % and 4 % of TPP, up to what the cap leaves after gaji and earlier payments of the month."""
    tabel = aturan.tanya("bpjs")
    terpakai_1, terpakai_4 = masukan.iuran_1, masukan.iuran_4
    if masukan.gabung is not None:
        terpakai_1 += masukan.gabung.bpjs_1
        terpakai_4 += masukan.gabung.bpjs_4
    batas = tabel.nilai["batas_penghasilan"]
    hasil = []
    for nama, persen, terpakai, tanda in (
        ("pegawai", tabel.nilai["persen_pegawai"], terpakai_1, -1),
        ("pemda", tabel.nilai["persen_pemda"], terpakai_4, 0),
    ):
        tepat, sisa = bruto * persen / PENUH, round_rupiah(batas * persen / PENUH) - terpakai
        iuran = max(NOL, min(round_rupiah(tepat), sisa))
        rumus = f"{nama} {desimal(persen)} % × {ribuan(bruto)}, sisa batas {ribuan(sisa)}"
        jejak.append(
            Jejak(6, "", "", tabel.tabel, tabel.versi, tabel.kode,
                  f'{{"bruto": {bruto}, "persen": "{persen}", "terpakai": {terpakai}, "batas": {batas}}}',
                  rumus, tepat, HU, iuran, tanda)
        )  # fmt: skip
        hasil.append(iuran)
    return hasil[0], hasil[1]


def langkah_8(dasar: Rupiah, aturan: Aturan, jejak: list[Jejak]) -> Rupiah:
    """Zakat of what is left after BPJS and PPh; nothing of nothing."""
    tabel = aturan.tanya("tpp_zakat")
    persen = tabel.nilai["persen"]
    tepat = max(NOL, dasar) * persen / PENUH
    zakat = round_rupiah(tepat)
    asal = f'{{"dasar": {dasar}}}'
    rumus = f"{desimal(persen)} % × {ribuan(dasar)}"
    jejak.append(Jejak(8, "", "", tabel.tabel, tabel.versi, tabel.kode, asal, rumus, tepat, HU, zakat, -1))
    return zakat


def _potongan_lain(potongan: Sequence[tuple[str, Rupiah]], aturan: Aturan, jejak: list[Jejak]) -> Rupiah:
    """Other instructed deductions, fixed amounts in the order of their table."""
    semua = sorted(
        ((aturan.tanya("tpp_potongan_lain", kode=kode), jumlah) for kode, jumlah in potongan),
        key=lambda satu: satu[0].nilai["urutan"],
    )
    for tabel, jumlah in semua:
        rumus = " ".join(tabel.nilai["nama"].split())
        jejak.append(Jejak(8, "", "", tabel.tabel, tabel.versi, tabel.kode, "{}", rumus, jumlah, TANPA, jumlah, -1))
    return sum((jumlah for _, jumlah in semua), NOL)


def _langkah_9(hasil: Hasil, beban: Jawaban) -> None:
    """What is paid, said last; it explains and does not count again."""
    for satu in hasil.aliran:
        asal = f'{{"bruto": {satu.bruto}, "bpjs_4": {satu.bpjs_4}, "spm": {satu.spm}}}'
        rumus = f"{ribuan(satu.bruto)} − {ribuan(satu.bruto - satu.neto)}"
        hasil.jejak.append(
            Jejak(9, satu.kode, "", beban.tabel, beban.versi, beban.kode, asal, rumus, satu.neto, TANPA, satu.neto, 0)
        )


# --- Allocation to streams -----------------------------------------------------------------------------------------------------


def bagi(jumlah: Rupiah, bobot: Sequence[Rupiah]) -> list[Rupiah]:
    """Whole rupiah by share: floor each, the rest to the largest fractions, the first of equals. No weight: all 0."""
    semua = sum(bobot, NOL)
    if not semua:
        return [NOL] * len(bobot)
    tepat = [jumlah * satu / semua for satu in bobot]
    bulat = [satu.to_integral_value(ROUND_FLOOR) for satu in tepat]
    sisa = int(jumlah - sum(bulat, NOL))
    urut = sorted(range(len(bobot)), key=lambda i: (bulat[i] - tepat[i], i))
    for i in urut[:sisa]:
        bulat[i] += SATU
    return bulat


def _bagikan(hasil: Hasil, pph_pegawai: Rupiah) -> None:
    """The amounts of steps 6 to 8 by stream; with one stream the rows of the person are its rows."""
    urut = sorted(hasil.aliran, key=lambda satu: satu.kode)
    bobot = [satu.bruto for satu in urut]
    for nama, jumlah in (
        ("bpjs_1", hasil.bpjs_1), ("bpjs_4", hasil.bpjs_4), ("pph", hasil.pajak.pph_tpp), ("zakat", hasil.zakat),
        ("lain", hasil.lain),
    ):  # fmt: skip
        bagian = [jumlah] if len(urut) == 1 else bagi(jumlah, bobot)
        for satu, nilai in zip(urut, bagian, strict=True):
            setattr(satu, nama, nilai)
    dibayar_pegawai = pph_pegawai == hasil.pajak.pph_tpp
    for satu in urut:
        pph = satu.pph if dibayar_pegawai else NOL
        satu.neto = satu.bruto - satu.bpjs_1 - pph - satu.zakat - satu.lain
        satu.spm = satu.bruto + satu.bpjs_4 + (NOL if dibayar_pegawai else satu.pph)
    hasil.jejak[:] = _jejak_aliran(hasil.jejak, urut, bobot)


def _jejak_aliran(jejak: Iterable[Jejak], urut: Sequence[HasilAliran], bobot: Sequence[Rupiah]) -> list[Jejak]:
    """Rows of the person that count become rows of the streams: of the one, or each with its share."""
    if len(urut) == 1:
        kode = urut[0].kode
        return [satu if satu.aliran or not satu.tanda else satu._replace(aliran=kode) for satu in jejak]
    hasil: list[Jejak] = []
    for satu in jejak:
        if satu.aliran or not satu.tanda:
            hasil.append(satu)
            continue
        hasil.append(satu._replace(tanda=0))
        for aliran, bagian in zip(urut, bagi(satu.hasil, bobot), strict=True):
            rumus = f"bagian dari {ribuan(satu.hasil)} menurut TPP bruto"
            asal = f'{{"bruto": {aliran.bruto}}}'
            hasil.append(satu._replace(aliran=aliran.kode, masukan=asal, rumus=rumus, hasil=bagian))
    return hasil
