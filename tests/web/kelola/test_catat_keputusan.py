"""The paper decision of the Wali Kota, recorded through the page, carries a real laporan to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.kinerja import enums
from backend.kinerja.models import KeputusanPejabat, LaporanPeriode
from backend.kinerja.services import periode as periode_services
from backend.workflow.models import WorkItem
from tests.factories_kepegawaian import beri_peran, buat_dinas, buat_pegawai, buat_user
from tests.factories_kinerja import Kota, berkas, buat_periode, buat_skp, isi_sampai_ajukan, terbitkan

Masuk = Callable[[User | None], Client]
S = enums.StatusLaporan


@pytest.fixture
def kepala(db: None) -> Kota:
    """The laporan of a kepala dinas, whose penilai is the Wali Kota, is submitted."""
    terbitkan()
    dinas = buat_dinas()
    kota = Kota(replace(dinas, staf=dinas.kepala), buat_periode(), buat_skp(dinas.kepala))
    periode_services.buka(kota.periode, oleh=None)
    isi_sampai_ajukan(kota)
    return kota


@pytest.fixture
def tim(kepala: Kota) -> User:
    user = buat_user(nama="Tim Pengelola")
    beri_peran(user, Peran.TIM_PENGELOLA, kepala.dinas.opd)
    return user


def _isi(client: Client, laporan: LaporanPeriode, **ganti: Any) -> dict[str, Any]:
    """The form as the page offers it, every row setuju."""
    form = client.get(reverse("catat-keputusan-laporan", args=[laporan.pk])).context["form"]
    isi: dict[str, Any] = {nama: "setuju" for nama in form.fields if nama.startswith("keputusan_")}
    if "rating_hasil" in form.fields:
        isi |= {"rating_hasil": "sesuai", "rating_perilaku": "sesuai"}
    return {**isi, "nomor": "800/12", "tanggal": "2025-04-10", "berkas": berkas("surat.pdf"), **ganti}


def test_three_recorded_papers_make_the_laporan_final(kepala: Kota, tim: User, masuk: Masuk) -> None:
    laporan, client = kepala.laporan, masuk(tim)
    for _ in enums.Langkah:
        jawaban = client.post(reverse("catat-keputusan-laporan", args=[laporan.pk]), _isi(client, laporan))
        assert jawaban.status_code == 302, jawaban.context["form"].errors
    laporan.refresh_from_db()
    assert laporan.status == S.FINAL
    assert laporan.pks.predikat == "baik"
    assert sorted(KeputusanPejabat.objects.values_list("langkah", "dicatat_oleh")) == sorted(
        (langkah.value, tim.pk) for langkah in enums.Langkah
    )


def test_a_paper_that_asks_for_a_correction_returns_the_laporan(kepala: Kota, tim: User, masuk: Masuk) -> None:
    laporan, client = kepala.laporan, masuk(tim)
    isi = _isi(client, laporan)
    satu = next(nama for nama in isi if nama.startswith("keputusan_"))
    alamat = reverse("catat-keputusan-laporan", args=[laporan.pk])
    ditolak = client.post(alamat, {**isi, satu: "perbaiki"})
    assert ditolak.context["form"].errors[satu.replace("keputusan", "catatan")]
    assert not KeputusanPejabat.objects.exists()
    catatan = {satu.replace("keputusan", "catatan"): "Lampirkan berita acara yang benar"}
    assert client.post(alamat, {**_isi(client, laporan), satu: "perbaiki", **catatan}).status_code == 302
    laporan.refresh_from_db()
    assert (laporan.status, laporan.langkah_kembali) == (S.DIKEMBALIKAN, "renaksi")
    assert WorkItem.objects.open().get().assignee == kepala.asn


def test_without_the_signed_scan_nothing_is_decided(kepala: Kota, tim: User, masuk: Masuk) -> None:
    laporan, client = kepala.laporan, masuk(tim)
    alamat = reverse("catat-keputusan-laporan", args=[laporan.pk])
    isi = _isi(client, laporan)
    del isi["berkas"]
    assert client.post(alamat, isi).context["form"].errors["berkas"]
    salah = client.post(alamat, {**_isi(client, laporan), "berkas": berkas("surat.pdf", b"bukan pdf")})
    assert "Jenis berkas tidak didukung" in salah.context["form"].non_field_errors()[0]
    laporan.refresh_from_db()
    assert laporan.status == S.VALIDASI_RENAKSI


def test_a_tim_of_another_opd_does_not_see_the_laporan(kepala: Kota, masuk: Masuk) -> None:
    lain = buat_pegawai().user
    assert lain is not None
    beri_peran(lain, Peran.TIM_PENGELOLA, buat_dinas("Dinas Lain").opd)
    assert masuk(lain).get(reverse("catat-keputusan-laporan", args=[kepala.laporan.pk])).status_code == 404
