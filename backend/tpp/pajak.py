"""Step 7 of the computation order: PPh 21 by TER in the month, by Pasal 17 in December or the last month (tpp.md §6)."""

from __future__ import annotations

import json
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from backend.core.money import round_rupiah, truncate_rupiah
from backend.tpp.aturan import Aturan, Jawaban
from backend.tpp.bentuk import NOL, Jejak, Lapisan, Masukan, Pajak, Rupiah, Setahun
from backend.tpp.enums import RUN_PENUH, ModeBulat
from backend.tpp.errors import TahunBerjalanMissing

PENUH = Decimal(100)  # a whole, in percent
DESEMBER = 12
FINAL = "FINAL_GOL"  # a mode of pph_mode
HU, DOWN, TANPA = ModeBulat.HU.value, ModeBulat.DOWN.value, ModeBulat.TANPA.value


def ribuan(nilai: Decimal) -> str:
    """`1.234.567`, as the sentences of the trace write rupiah."""
    return f"{nilai:,.0f}".replace(",", ".")


def desimal(nilai: Decimal) -> str:
    """`0,25`, as the sentences of the trace write percentages."""
    return f"{nilai}".replace(".", ",")


def isi(**fakta: Any) -> str:
    """The inputs of a trace row as JSON; Decimal stays a text."""
    return json.dumps(fakta, default=str, ensure_ascii=False)


def hitung_pajak(bruto: Rupiah, bpjs_4: Rupiah, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]) -> Pajak:
    """pph_tpp of this payment. THR, the thirteenth month and susulan are taxed by TER with what the month already had."""
    mode = aturan.tanya("pph_mode", bulan=masukan.bulan, bulan_terakhir=masukan.bulan_terakhir)
    if mode.nilai["mode"] == FINAL:
        return _final(bruto, masukan, aturan, jejak)
    kategori = aturan.tanya("ptkp", ptkp=masukan.ptkp)
    kena = bruto
    if aturan.bendera("BPJS4_MASUK_BRUTO_PAJAK").aktif:
        kena += bpjs_4
    if mode.nilai["mode"] == "PASAL_17" and masukan.run not in RUN_PENUH:
        return _pasal_17(kena, kategori, mode, masukan, aturan, jejak)
    return _ter(kena, kategori, masukan, aturan, jejak)


def _final(bruto: Rupiah, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]) -> Pajak:
    """Final tax of an old month: a rate by golongan on this payment alone, whatever gaji and the year are (PP 80/2010)."""
    golongan = masukan.golongan.partition("/")[0]
    tabel = aturan.tanya("pph_final_gol", golongan=golongan)
    tarif: Decimal = tabel.nilai["persen"]
    tepat = max(NOL, bruto) * tarif / PENUH
    pajak = Pajak(FINAL, "", truncate_rupiah(tepat), bruto_total=bruto, tarif_total=tarif)
    pajak.pph_total = pajak.pph_tpp
    rumus = f"final golongan {golongan}: {ribuan(bruto)} × {desimal(tarif)} %"
    asal = isi(golongan=masukan.golongan, bruto=bruto)
    jejak.append(
        Jejak(7, "", "", tabel.tabel, tabel.versi, tabel.kode, asal, rumus, tepat, DOWN, pajak.pph_tpp, _tanda(aturan))
    )
    return pajak


# --- TER ---------------------------------------------------------------------------------------------------------------


def _ter(bruto: Rupiah, kategori: Jawaban, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]) -> Pajak:
    """max(0, DOWN(TER(before + bruto) × (before + bruto)) − tax before); before = gaji, or all that the month had."""
    huruf = kategori.nilai["kategori"]
    pajak = Pajak("TER", huruf, NOL)
    if _gabung(masukan, aturan):
        assert masukan.gabung is not None  # noqa: S101 said by _gabung
        pajak.bruto_sebelumnya, pajak.pph_sebelumnya = masukan.gabung.bruto, masukan.gabung.pph
    elif masukan.run not in RUN_PENUH or aturan.bendera("THR13_GABUNG").aktif:
        gaji = masukan.gaji_bruto
        if aturan.bendera("BPJS4_MASUK_BRUTO_PAJAK").aktif:
            gaji += masukan.iuran_4
        pajak.bruto_sebelumnya = gaji
        pajak.pph_sebelumnya, pajak.tarif_sebelumnya, _ = _kena_ter(gaji, huruf, "gaji", aturan, jejak)
    pajak.bruto_total = pajak.bruto_sebelumnya + bruto
    pajak.pph_total, pajak.tarif_total, baris = _kena_ter(pajak.bruto_total, huruf, "gaji dan TPP", aturan, jejak)
    pajak.pph_tpp = max(NOL, pajak.pph_total - pajak.pph_sebelumnya)
    asal = f'{{"kategori": "{huruf}", "total": {pajak.pph_total}, "sebelumnya": {pajak.pph_sebelumnya}}}'
    rumus = f"{ribuan(pajak.pph_total)} − {ribuan(pajak.pph_sebelumnya)}"
    tepat = pajak.pph_total - pajak.pph_sebelumnya
    jejak.append(
        Jejak(7, "", "", baris.tabel, baris.versi, baris.kode, asal, rumus, tepat, TANPA, pajak.pph_tpp, _tanda(aturan))
    )
    return pajak


def _gabung(masukan: Masukan, aturan: Aturan) -> bool:
    """Is the payment taxed together with earlier ones of the month? THR and the thirteenth month by a switch."""
    if masukan.gabung is None:
        return False
    return masukan.run not in RUN_PENUH or aturan.bendera("THR13_GABUNG").aktif


def _kena_ter(
    bruto: Rupiah, kategori: str, dari: str, aturan: Aturan, jejak: list[Jejak]
) -> tuple[Rupiah, Decimal, Jawaban]:
    """DOWN(TER × gross): the tax, the rate, the row. A negative gross (a susulan) has none."""
    jawaban = aturan.ter(kategori, max(NOL, bruto))
    tarif: Decimal = jawaban.nilai["rate"]
    tepat = max(NOL, bruto) * tarif / PENUH
    pph = truncate_rupiah(tepat)
    jejak.append(
        Jejak(7, "", "", jawaban.tabel, jawaban.versi, jawaban.kode, f'{{"kategori": "{kategori}", "bruto": {bruto}}}',
              f"{dari} {ribuan(bruto)} × {desimal(tarif)} %", tepat, DOWN, pph, 0)
    )  # fmt: skip
    return pph, tarif, jawaban


def _tanda(aturan: Aturan) -> int:
    """Does the tax take from neto? Not when the Pemda bears it."""
    return 0 if aturan.bendera("PPH_BEBAN").nilai == "PEMDA" else -1


# --- Pasal 17 ------------------------------------------------------------------------------------------------------------


def _pasal_17(
    bruto: Rupiah, kategori: Jawaban, mode: Jawaban, masukan: Masukan, aturan: Aturan, jejak: list[Jejak]
) -> Pajak:
    """Annual tax less what was withheld, less the tax on this month's gaji list. May be negative: the surplus returns."""
    tahun = masukan.setahun
    if tahun is None:
        raise TahunBerjalanMissing
    pajak = Pajak("PASAL_17", kategori.nilai["kategori"], NOL)
    gaji = masukan.gabung.bruto if masukan.gabung is not None else masukan.gaji_bruto
    pajak.bruto_sebelumnya, pajak.bruto_total = gaji, gaji + bruto
    pajak.bruto_setahun = tahun.bruto + pajak.bruto_total
    _kurangi(pajak, tahun, kategori, aturan, jejak)
    _lapisan(pajak, aturan, jejak)
    pajak.sudah_dipotong = tahun.pph
    pajak.pph_bulan_ini = pajak.pph_setahun - tahun.pph
    pajak.pph_gaji_bulan_ini = masukan.gabung.pph if masukan.gabung is not None else tahun.pph_gaji
    pajak.pph_tpp = pajak.pph_bulan_ini - pajak.pph_gaji_bulan_ini
    lebih = aturan.bendera("PPH_LEBIH_DIKEMBALIKAN")
    baris = mode
    if pajak.pph_tpp < NOL:
        baris = lebih.jawaban
        pajak.pph_tpp = pajak.pph_tpp if lebih.aktif else NOL
    rumus = f"{ribuan(pajak.pph_setahun)} − {ribuan(tahun.pph)} − {ribuan(pajak.pph_gaji_bulan_ini)}"
    asal = isi(setahun=pajak.pph_setahun, sudah_dipotong=tahun.pph, gaji=pajak.pph_gaji_bulan_ini)
    jejak.append(
        Jejak(
            7,
            "",
            "",
            baris.tabel,
            baris.versi,
            baris.kode,
            asal,
            rumus,
            pajak.pph_tpp,
            TANPA,
            pajak.pph_tpp,
            _tanda(aturan),
        )
    )
    return pajak


def _kurangi(pajak: Pajak, tahun: Setahun, kategori: Jawaban, aturan: Aturan, jejak: list[Jejak]) -> None:
    """From the gross of the year to the PKP."""
    aturan_setahun = aturan.tanya("pph_setahun")
    nilai = aturan_setahun.nilai
    tepat = pajak.bruto_setahun * nilai["biaya_jabatan_persen"] / PENUH
    batas = nilai["biaya_jabatan_sebulan"] * tahun.bulan_bekerja
    pajak.biaya_jabatan = min(round_rupiah(tepat), batas)
    pajak.iuran_pensiun, pajak.zakat_pengurang = tahun.iuran_pensiun, tahun.zakat
    pajak.neto_setahun = pajak.bruto_setahun - pajak.biaya_jabatan - pajak.iuran_pensiun - pajak.zakat_pengurang
    pajak.ptkp = kategori.nilai["setahun"]
    kelipatan = nilai["kelipatan_pkp"]
    kena = max(NOL, pajak.neto_setahun - pajak.ptkp)
    pajak.pkp = (kena / kelipatan).to_integral_value(ROUND_FLOOR) * kelipatan
    asal = isi(bruto_setahun=pajak.bruto_setahun, bulan_bekerja=tahun.bulan_bekerja)
    rumus = f"{desimal(nilai['biaya_jabatan_persen'])} % × {ribuan(pajak.bruto_setahun)}, paling tinggi {ribuan(batas)}"
    for jawaban, masuk, teks, sebelum, bulat, hasil in (
        (aturan_setahun, asal, rumus, tepat, HU, pajak.biaya_jabatan),
        (kategori, isi(neto_setahun=pajak.neto_setahun, ptkp=pajak.ptkp),
         f"{ribuan(pajak.neto_setahun)} − {ribuan(pajak.ptkp)}, ke bawah {ribuan(kelipatan)}", kena, DOWN, pajak.pkp),
    ):  # fmt: skip
        jejak.append(
            Jejak(7, "", "", jawaban.tabel, jawaban.versi, jawaban.kode, masuk, teks, sebelum, bulat, hasil, 0)
        )


def _lapisan(pajak: Pajak, aturan: Aturan, jejak: list[Jejak]) -> None:
    """The brackets that the PKP reaches, and the tax of the year."""
    jawaban = aturan.tanya("pasal_17", pkp=pajak.pkp)
    kode = jawaban.kode.split(";")
    hasil = []
    for baris, dari, sampai, tarif in zip(
        kode, jawaban.nilai["dari"], jawaban.nilai["sampai"], jawaban.nilai["tarif"], strict=True
    ):
        bagian = (pajak.pkp if sampai is None else min(pajak.pkp, sampai)) - dari
        tepat = bagian * tarif / PENUH
        lapisan = Lapisan(dari, sampai, tarif, bagian, truncate_rupiah(tepat))
        hasil.append(lapisan)
        rumus = f"{desimal(tarif)} % × {ribuan(bagian)}"
        jejak.append(
            Jejak(
                7, "", "", jawaban.tabel, jawaban.versi, baris, isi(pkp=pajak.pkp), rumus, tepat, DOWN, lapisan.pph, 0
            )
        )
    pajak.lapisan = tuple(hasil)
    pajak.pph_setahun = sum((satu.pph for satu in hasil), NOL)
