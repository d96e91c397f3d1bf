"""Monitoring: who is late where, laporan without atasan, and moving a task."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import openpyxl
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.kinerja import enums
from backend.platform.models import AuditEvent
from tests.factories_kepegawaian import buat_pegawai, dudukkan
from tests.web.kelola.conftest import Kota
from tests.web.kelola.data import buat_laporan, buat_periode, buat_skp, buat_tugas

Masuk = Callable[[User | None], Client]
TAHUN = timezone.localdate().year
KEMARIN = timezone.now() - timedelta(days=1)
S = enums.StatusLaporan


def _ringkasan(jawaban: object) -> dict[str, int]:
    return {kunci: jumlah for kunci, _label, jumlah, _url in jawaban.context["ringkasan"] if jumlah}  # type: ignore[attr-defined]


def test_the_summary_counts_each_step_and_who_is_late(kota: Kota, masuk: Masuk) -> None:
    periode = buat_periode(TAHUN, 1, tenggat=KEMARIN)
    buat_laporan(buat_skp(kota.satu.staf), periode)
    final = buat_laporan(buat_skp(kota.satu.staf_lain), periode, status=S.FINAL, penilai_pegawai=kota.satu.kabid)
    diperiksa = buat_laporan(
        buat_skp(kota.satu.kabid), periode, status=S.VALIDASI_RENAKSI, penilai_pegawai=kota.satu.kepala
    )
    buat_tugas(diperiksa, candidate_posisi=kota.satu.posisi_kepala.pk, due_at=KEMARIN)
    client = masuk(kota.admin)
    jawaban = client.get(reverse("pemantauan"))
    assert _ringkasan(jawaban) == {"terlambat": 2, "renaksi": 1, "pemeriksaan": 1, "tanpa_atasan": 1, "final": 1}
    terlambat = client.get(reverse("pemantauan"), {"keadaan": "terlambat"}).context["halaman"].object_list
    assert final not in terlambat
    assert len(terlambat) == 2


def test_another_opd_is_neither_listed_nor_counted(kota: Kota, masuk: Masuk) -> None:
    periode = buat_periode(TAHUN, 1)
    buat_laporan(buat_skp(kota.dua.staf), periode)
    assert _ringkasan(masuk(kota.admin).get(reverse("pemantauan"))) == {}
    assert _ringkasan(masuk(kota.bkpsdm).get(reverse("pemantauan"), {"opd": str(kota.dua.opd.pk)}))["renaksi"] == 1


def test_a_laporan_without_atasan_links_to_its_task(kota: Kota, masuk: Masuk) -> None:
    laporan = buat_laporan(buat_skp(kota.satu.staf), buat_periode(TAHUN, 1))
    item = buat_tugas(
        laporan, key="lengkapi_atasan", step="lengkapi_penilai", lane="admin_opd", candidate_peran="admin_opd"
    )
    isi = masuk(kota.admin).get(reverse("pemantauan"), {"keadaan": "tanpa_atasan"}).content.decode()
    assert reverse("kotak-masuk-tugas", args=[item.pk]) in isi
    assert (
        reverse("kotak-masuk-tugas", args=[item.pk]) not in masuk(kota.tim).get(reverse("pemantauan")).content.decode()
    )


def test_the_export_has_the_rows_and_columns_of_the_screen(kota: Kota, masuk: Masuk) -> None:
    periode = buat_periode(TAHUN, 1, tenggat=KEMARIN)
    laporan = buat_laporan(
        buat_skp(kota.satu.kabid), periode, status=S.VALIDASI_RENAKSI, penilai_pegawai=kota.satu.kepala
    )
    buat_tugas(laporan, candidate_posisi=kota.satu.posisi_kepala.pk)
    jawaban = masuk(kota.admin).get(reverse("pemantauan"), {"unduh": "xlsx"})
    judul, isi = openpyxl.load_workbook(io.BytesIO(jawaban.content)).active.iter_rows(values_only=True)
    assert judul == ("Pegawai", "NIP", "Perangkat daerah", "Langkah", "Di meja", "Terlambat (hari)")
    assert isi[1] == kota.satu.kabid.nip
    assert kota.satu.kepala.nama_lengkap in isi[4]


def test_few_and_many_rows_need_the_same_number_of_statements(kota: Kota, masuk: Masuk) -> None:
    periode, client, alamat = buat_periode(TAHUN, 1), masuk(kota.admin), reverse("pemantauan")

    def tambah(banyak: int) -> None:
        for _ in range(banyak):
            orang = buat_pegawai()
            dudukkan(orang, kota.satu.posisi_staf)
            laporan = buat_laporan(buat_skp(orang), periode, status=S.VALIDASI_RENAKSI, penilai_pegawai=kota.satu.kabid)
            buat_tugas(laporan, candidate_posisi=kota.satu.posisi_kabid.pk)

    def hitung() -> int:
        with CaptureQueriesContext(connection) as tangkap:
            assert client.get(alamat).status_code == 200
        return len(tangkap)

    tambah(1)
    hitung()
    sedikit = hitung()
    tambah(12)
    assert hitung() == sedikit


def test_a_task_is_moved_with_a_reason_but_never_to_the_person_it_is_about(kota: Kota, masuk: Masuk) -> None:
    laporan = buat_laporan(
        buat_skp(kota.satu.staf), buat_periode(TAHUN, 1), status=S.VALIDASI_RENAKSI, penilai_pegawai=kota.satu.kabid
    )
    item = buat_tugas(laporan, candidate_posisi=kota.satu.posisi_kabid.pk)
    client, alamat = masuk(kota.admin), reverse("pemantauan-alihkan", args=[item.pk])
    sendiri = client.post(alamat, {"kepada": str(kota.satu.staf.user.pk), "alasan": "Atasan sedang cuti besar"})
    assert "kepada" in sendiri.context["form"].errors
    assert (
        "alasan" in client.post(alamat, {"kepada": str(kota.satu.kepala.user.pk), "alasan": ""}).context["form"].errors
    )
    assert (
        client.post(alamat, {"kepada": str(kota.satu.kepala.user.pk), "alasan": "Atasan sedang cuti besar"}).status_code
        == 302
    )
    item.refresh_from_db()
    assert item.assignee == kota.satu.kepala.user
    assert AuditEvent.objects.filter(peristiwa="tugas_dialihkan", alasan="Atasan sedang cuti besar").exists()


def test_a_task_of_another_opd_or_of_the_asn_himself_cannot_be_moved(kota: Kota, masuk: Masuk) -> None:
    periode = buat_periode(TAHUN, 1)
    lain = buat_tugas(buat_laporan(buat_skp(kota.dua.staf), periode), candidate_posisi=kota.dua.posisi_kabid.pk)
    sendiri = buat_tugas(
        buat_laporan(buat_skp(kota.satu.staf), periode), assignee=kota.satu.staf.user, lane="asn", step="isi_renaksi"
    )
    client = masuk(kota.admin)
    assert client.get(reverse("pemantauan-alihkan", args=[lain.pk])).status_code == 404
    assert client.get(reverse("pemantauan-alihkan", args=[sendiri.pk])).status_code == 404


def test_before_any_month_is_open_the_page_says_what_to_do(kota: Kota, masuk: Masuk) -> None:
    isi = masuk(kota.admin).get(reverse("pemantauan")).content.decode()
    assert "Belum ada laporan pada periode ini" in isi


def test_a_paper_decision_waits_only_for_an_official_of_the_own_opd(kota: Kota, masuk: Masuk) -> None:
    periode = buat_periode(TAHUN, 1)
    laporan = buat_laporan(
        buat_skp(kota.satu.kepala), periode, status=S.VALIDASI_RENAKSI, penilai_pejabat=kota.satu.walikota
    )
    lain = buat_laporan(
        buat_skp(kota.dua.kepala), periode, status=S.VALIDASI_RENAKSI, penilai_pejabat=kota.satu.walikota
    )
    client = masuk(kota.tim)
    assert [satu.pk for satu in client.get(reverse("catat-keputusan")).context["halaman"].object_list] == [laporan.pk]
    assert client.get(reverse("catat-keputusan-laporan", args=[lain.pk])).status_code == 404
    kosong = client.post(reverse("catat-keputusan-laporan", args=[laporan.pk]), {"nomor": "1"})
    assert kosong.context["form"].errors["berkas"] == ["Kolom ini wajib diisi."]
