"""People, units, posts, riwayat jabatan, delegations and calendar through their pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.kepegawaian.enums import JenisPenugasan, StatusLaporanData, StatusRiwayat
from backend.kepegawaian.models import Delegasi, Kalender, LaporanData, Pegawai, Posisi, RiwayatJabatan, Unor
from backend.platform.models import AuditEvent
from tests.factories_kepegawaian import buat_nip, buat_pegawai, buat_posisi, buat_unor, dudukkan
from tests.web.kelola.conftest import Kota

Masuk = Callable[[User | None], Client]
HARI_INI = timezone.localdate()


def hitung(client: Client, alamat: str) -> int:
    with CaptureQueriesContext(connection) as tangkap:
        assert client.get(alamat).status_code == 200
    return len(tangkap)


# --- Lists ----------------------------------------------------------------------------------------------------------


def test_an_admin_opd_sees_the_people_of_his_opd_and_nobody_else(kota: Kota, masuk: Masuk) -> None:
    isi = masuk(kota.admin).get(reverse("admin-pegawai")).content.decode()
    assert kota.satu.staf.nama_lengkap in isi
    assert kota.dua.staf.nama_lengkap not in isi


@pytest.mark.parametrize("url_name", ["admin-pegawai-detail"])
def test_a_person_of_another_opd_is_not_found(url_name: str, kota: Kota, masuk: Masuk) -> None:
    assert masuk(kota.admin).get(reverse(url_name, args=[kota.satu.staf.pk])).status_code == 200
    assert masuk(kota.admin).get(reverse(url_name, args=[kota.dua.staf.pk])).status_code == 404


def test_units_and_posts_of_another_opd_are_not_found(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.admin)
    assert client.get(reverse("admin-unit-detail", args=[kota.satu.bidang.pk])).status_code == 200
    assert client.get(reverse("admin-unit-detail", args=[kota.dua.bidang.pk])).status_code == 404
    assert client.get(reverse("admin-posisi-detail", args=[kota.satu.posisi_staf.pk])).status_code == 200
    assert client.get(reverse("admin-posisi-detail", args=[kota.dua.posisi_staf.pk])).status_code == 404


def test_a_nip_with_spaces_finds_its_person(kota: Kota, masuk: Masuk) -> None:
    jawaban = masuk(kota.bkpsdm).get(reverse("admin-pegawai"), {"cari": kota.dua.kabid.nip_berspasi})
    assert [baris.kepala.teks for baris in jawaban.context["baris"]] == [kota.dua.kabid.nama_lengkap]


def test_filters_narrow_together_and_sorting_keeps_them(kota: Kota, masuk: Masuk) -> None:
    jawaban = masuk(kota.bkpsdm).get(
        reverse("admin-pegawai"), {"opd": str(kota.dua.opd.pk), "jenis": "pelaksana", "urut": "-nama"}
    )
    assert [b.kepala.sub for b in jawaban.context["baris"]] == sorted(
        [kota.dua.staf.nip, kota.dua.staf_lain.nip], key=lambda nip: Pegawai.objects.get(nip=nip).nama, reverse=True
    )
    assert "jenis=pelaksana" in jawaban.context["kepala"][1].url


def test_the_export_has_the_rows_of_the_screen_on_all_pages(kota: Kota, masuk: Masuk) -> None:
    for _ in range(60):
        buat_pegawai(dengan_user=False)
    client, saring = masuk(kota.bkpsdm), {"keadaan": "tanpa", "urut": "nama"}
    layar = client.get(reverse("admin-pegawai"), saring).context
    lembar = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("admin-pegawai"), {**saring, "unduh": "xlsx"}).content)
    ).active
    nip = [sel.value for sel in lembar["B"][1:]]
    assert len(nip) == layar["halaman"].paginator.count
    assert nip[:50] == [baris.kepala.sub for baris in layar["baris"]]


@pytest.mark.parametrize(
    "url_name", ["admin-pegawai", "admin-posisi", "admin-unit", "admin-akun", "laporan-data", "admin-delegasi"]
)
def test_a_list_needs_the_same_number_of_statements_for_few_and_many_rows(
    url_name: str, kota: Kota, masuk: Masuk
) -> None:
    client = masuk(kota.bkpsdm)
    alamat = reverse(url_name)
    LaporanData.objects.create(pegawai=kota.satu.staf, kolom="Atasan", isi="Salah", pelapor=kota.satu.staf.user)
    Delegasi.objects.create(
        pegawai=kota.satu.staf,
        lingkup_unor=kota.satu.bidang,
        nomor="1",
        tanggal=HARI_INI,
        mulai=HARI_INI,
        selesai=HARI_INI,
    )
    client.get(alamat)
    sedikit = hitung(client, alamat)
    for nomor in range(12):
        unor = buat_unor(induk=kota.satu.opd)
        posisi = buat_posisi(unor, atasan=kota.satu.posisi_kepala)
        orang = buat_pegawai(f"Tambahan {nomor}")
        dudukkan(orang, posisi)
        LaporanData.objects.create(pegawai=orang, kolom="Atasan", isi="Salah", pelapor=orang.user)
        Delegasi.objects.create(
            pegawai=orang, lingkup_unor=unor, nomor="1", tanggal=HARI_INI, mulai=HARI_INI, selesai=HARI_INI
        )
    assert hitung(client, alamat) == sedikit


def test_an_empty_result_says_how_to_go_on(kota: Kota, masuk: Masuk) -> None:
    isi = masuk(kota.bkpsdm).get(reverse("admin-pegawai"), {"cari": "tidakadaorangnya"}).content.decode()
    assert "Tidak ada yang cocok dengan saringan ini" in isi
    assert "Hapus saringan" in isi


def test_a_filter_that_is_not_valid_is_marked_and_filters_nothing(kota: Kota, masuk: Masuk) -> None:
    jawaban = masuk(kota.bkpsdm).get(reverse("admin-pegawai"), {"status": "RAJA"})
    assert jawaban.context["halaman"].paginator.count == Pegawai.objects.count()
    assert "Pilih salah satu pilihan yang tersedia." in jawaban.content.decode()


# --- Identity -------------------------------------------------------------------------------------------------------


def _identitas(**ganti: str) -> dict[str, str]:
    return {
        "nip": buat_nip(), "nama": "Orang Baru", "tanggal_lahir": "1985-05-17", "jenis_kelamin": "L", "status_asn": "PNS",
        "kedudukan_hukum": "01", "tmt_cpns": "2010-03-01", **ganti,
    }  # fmt: skip


def test_a_new_person_is_saved_and_his_history_comes_next(kota: Kota, masuk: Masuk) -> None:
    isi = _identitas()
    jawaban = masuk(kota.bkpsdm).post(reverse("admin-pegawai-baru"), isi)
    pegawai = Pegawai.objects.get(nip=isi["nip"])
    assert jawaban["Location"] == reverse("admin-pegawai-detail", args=[pegawai.pk]) + "?tab=riwayat"


def test_a_wrong_nip_keeps_the_input_and_links_to_the_field(kota: Kota, masuk: Masuk) -> None:
    jawaban = masuk(kota.bkpsdm).post(
        reverse("admin-pegawai-baru"), _identitas(nip="19660801198803100", nama="Tetap Ada")
    )
    isi = jawaban.content.decode()
    assert 'href="#id_nip"' in isi
    assert 'value="Tetap Ada"' in isi
    assert not Pegawai.objects.filter(nama="Tetap Ada").exists()


# --- Riwayat jabatan --------------------------------------------------------------------------------------------------


def _riwayat(posisi: Posisi, **ganti: str) -> dict[str, str]:
    return {
        "jenis_penugasan": "D",
        "posisi": str(posisi.pk),
        "mulai": HARI_INI.isoformat(),
        "nomor_sk": "821/9",
        "tanggal_sk": HARI_INI.isoformat(),
        **ganti,
    }


def test_a_new_definitive_row_closes_the_running_one(kota: Kota, masuk: Masuk) -> None:
    orang = kota.satu.staf
    alamat = reverse("admin-riwayat-baru", args=[orang.pk])
    posisi = buat_posisi(kota.dua.bidang, atasan=kota.dua.posisi_kabid)
    client = masuk(kota.bkpsdm)
    assert "Yang berjalan" in client.get(alamat).content.decode()
    assert client.post(alamat, _riwayat(posisi)).status_code == 302
    lama, baru = RiwayatJabatan.objects.filter(pegawai=orang).order_by("mulai")
    assert lama.sampai == HARI_INI - timedelta(days=1)
    assert baru.atasan == kota.dua.posisi_kabid
    masuk_admin = masuk(kota.admin)
    assert masuk_admin.get(reverse("admin-pegawai-detail", args=[orang.pk])).status_code == 404


def test_a_replacement_needs_an_end(kota: Kota, masuk: Masuk) -> None:
    jawaban = masuk(kota.bkpsdm).post(
        reverse("admin-riwayat-baru", args=[kota.satu.staf.pk]), _riwayat(kota.satu.posisi_kabid, jenis_penugasan="PLT")
    )
    assert jawaban.context["form"].errors["sampai"] == ["Isi tanggal berakhirnya penugasan ini."]


def test_searching_for_a_post_keeps_the_typed_input_and_says_nothing_is_wrong(kota: Kota, masuk: Masuk) -> None:
    data = {
        "jenis_penugasan": "PLH",
        "posisi_cari": kota.dua.posisi_kabid.jabatan.nama,
        "cari": "posisi",
        "nomor_sk": "821/77",
    }
    jawaban = masuk(kota.bkpsdm).post(reverse("admin-riwayat-baru", args=[kota.satu.staf.pk]), data)
    isi = jawaban.content.decode()
    assert str(kota.dua.posisi_kabid.pk) in isi
    assert 'value="821/77"' in isi
    assert "Belum tersimpan" not in isi
    assert RiwayatJabatan.objects.filter(pegawai=kota.satu.staf).count() == 1


def test_a_row_is_cancelled_only_with_a_reason_and_stays_readable(kota: Kota, masuk: Masuk) -> None:
    row = RiwayatJabatan.objects.get(pegawai=kota.satu.staf)
    client, alamat = masuk(kota.bkpsdm), reverse("admin-riwayat-batal", args=[row.pk])
    assert client.post(alamat, {"alasan": "pendek"}).context["form"].errors["alasan"]
    assert client.post(alamat, {"alasan": "Salah orang, SK tertukar"}).status_code == 302
    row.refresh_from_db()
    assert row.status == StatusRiwayat.BATAL
    isi = client.get(reverse("admin-pegawai-detail", args=[kota.satu.staf.pk]), {"tab": "riwayat"}).content.decode()
    assert "Salah orang, SK tertukar" in isi


def test_ending_and_activating_again_shows_what_it_closes(kota: Kota, masuk: Masuk) -> None:
    lama = RiwayatJabatan.objects.get(pegawai=kota.satu.staf)
    client = masuk(kota.bkpsdm)
    kemarin = HARI_INI - timedelta(days=1)
    assert (
        client.post(
            reverse("admin-riwayat-nonaktif", args=[lama.pk]),
            {"sampai": kemarin.isoformat(), "alasan": "Pindah ke dinas lain"},
        ).status_code
        == 302
    )
    baru = dudukkan(kota.satu.staf, kota.dua.posisi_staf, mulai=HARI_INI)
    baru.status, baru.sampai = StatusRiwayat.NONAKTIF, HARI_INI
    baru.save()
    isi = client.get(reverse("admin-riwayat-aktif", args=[baru.pk])).content.decode()
    assert "Tidak ada jabatan definitif lain yang ditutup." in isi
    assert client.post(reverse("admin-riwayat-aktif", args=[baru.pk]), {"alasan": "SK sudah benar"}).status_code == 302
    baru.refresh_from_db()
    assert (baru.status, baru.sampai) == (StatusRiwayat.AKTIF, None)


def test_a_replacement_that_has_run_out_is_not_activated_again(kota: Kota, masuk: Masuk) -> None:
    kemarin = HARI_INI - timedelta(days=1)
    plt = dudukkan(
        kota.satu.staf, kota.satu.posisi_kabid, jenis="PLT", mulai=HARI_INI - timedelta(days=30), sampai=kemarin
    )
    plt.status = StatusRiwayat.NONAKTIF
    plt.save()
    isi = masuk(kota.bkpsdm).post(reverse("admin-riwayat-aktif", args=[plt.pk]), {"alasan": "Masih diperlukan"})
    assert "Masa penugasan ini sudah lewat" in isi.content.decode()
    plt.refresh_from_db()
    assert plt.status == StatusRiwayat.NONAKTIF


def test_a_move_offers_the_same_title_in_other_units_only(kota: Kota, masuk: Masuk) -> None:
    orang = kota.satu.staf
    lain = buat_posisi(kota.dua.bidang, atasan=kota.dua.posisi_kabid, jabatan=kota.satu.posisi_staf.jabatan)
    alamat, client = reverse("admin-riwayat-pindah", args=[orang.pk]), masuk(kota.bkpsdm)
    data = {
        "posisi": str(kota.dua.posisi_kabid.pk),
        "mulai": HARI_INI.isoformat(),
        "nomor_sk": "1",
        "tanggal_sk": HARI_INI.isoformat(),
    }
    assert "posisi" in client.post(alamat, data).context["form"].errors
    assert client.post(alamat, {**data, "posisi": str(lain.pk)}).status_code == 302
    row = RiwayatJabatan.objects.filter(pegawai=orang).latest("mulai")
    assert (row.jenis_mutasi, row.posisi) == ("MU", lain)


# --- Units and posts --------------------------------------------------------------------------------------------------


def test_a_unit_with_people_cannot_be_retired_and_shows_them(kota: Kota, masuk: Masuk) -> None:
    alamat = reverse("admin-unit-nonaktif", args=[kota.satu.bidang.pk])
    client = masuk(kota.bkpsdm)
    isi = client.get(alamat).content.decode()
    assert kota.satu.staf.nama_lengkap in isi
    assert "belum dapat dinonaktifkan" in isi
    client.post(alamat, {"valid_to": HARI_INI.isoformat(), "alasan": "Perampingan organisasi"})
    kota.satu.bidang.refresh_from_db()
    assert not kota.satu.bidang.is_delete


def test_an_empty_unit_is_retired_and_restored(kota: Kota, masuk: Masuk) -> None:
    unor = buat_unor("Seksi Kosong", induk=kota.satu.bidang)
    banyak, client = Unor.objects.count(), masuk(kota.bkpsdm)
    assert (
        client.post(
            reverse("admin-unit-nonaktif", args=[unor.pk]),
            {"valid_to": HARI_INI.isoformat(), "alasan": "Perampingan organisasi"},
        ).status_code
        == 302
    )
    unor.refresh_from_db()
    assert unor.is_delete
    assert "Seksi Kosong" not in client.get(reverse("admin-unit"), {"cari": "Seksi"}).content.decode()
    assert "Seksi Kosong" in client.get(reverse("admin-unit"), {"cari": "Seksi", "nonaktif": "on"}).content.decode()
    assert client.post(reverse("admin-unit-pulih", args=[unor.pk])).status_code == 302
    unor.refresh_from_db()
    assert not unor.is_delete
    assert Unor.objects.count() == banyak


def test_the_tree_opens_link_by_link(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.bkpsdm)
    assert kota.satu.kota.nama in client.get(reverse("admin-unit")).content.decode()
    isi = client.get(reverse("admin-unit-detail", args=[kota.satu.opd.pk])).content.decode()
    assert kota.satu.bidang.nama in isi
    assert kota.satu.kepala.nama_lengkap in isi


def test_a_unit_cannot_be_put_below_itself(kota: Kota, masuk: Masuk) -> None:
    data = {"kode": kota.satu.opd.kode, "nama": "X", "jenis": "dinas", "induk": str(kota.satu.bidang.pk)}
    assert (
        "induk"
        in masuk(kota.bkpsdm).post(reverse("admin-unit-ubah", args=[kota.satu.opd.pk]), data).context["form"].errors
    )


def test_a_post_needs_an_atasan_or_is_puncak(kota: Kota, masuk: Masuk) -> None:
    data = {"unor": str(kota.satu.bidang.pk), "jabatan": str(kota.dua.posisi_staf.jabatan_id), "jumlah_kebutuhan": "2"}
    client = masuk(kota.bkpsdm)
    assert "atasan" in client.post(reverse("admin-posisi-baru"), data).context["form"].errors
    assert (
        client.post(reverse("admin-posisi-baru"), {**data, "atasan": str(kota.satu.posisi_kabid.pk)}).status_code == 302
    )
    assert Posisi.objects.filter(unor=kota.satu.bidang, jabatan=kota.dua.posisi_staf.jabatan).exists()


def test_the_holder_of_a_post_is_the_one_of_the_chosen_date(kota: Kota, masuk: Masuk) -> None:
    dudukkan(
        kota.dua.staf,
        kota.satu.posisi_kabid,
        jenis=JenisPenugasan.PLT,
        mulai=HARI_INI,
        sampai=HARI_INI + timedelta(days=5),
    )
    alamat, client = reverse("admin-posisi-detail", args=[kota.satu.posisi_kabid.pk]), masuk(kota.bkpsdm)
    assert kota.dua.staf.nama_lengkap in client.get(alamat).content.decode()
    nanti = (HARI_INI + timedelta(days=6)).isoformat()
    assert kota.dua.staf.nama_lengkap not in client.get(alamat, {"pada": nanti}).content.decode()


def test_seats_needed_and_filled_stand_beside_each_other(kota: Kota, masuk: Masuk) -> None:
    jawaban = masuk(kota.bkpsdm).get(reverse("admin-posisi"), {"keadaan": "kosong", "opd": str(kota.satu.opd.pk)})
    (baris,) = jawaban.context["baris"]
    assert [sel.teks for sel in baris.sel[2:]] == ["3", "2", "-1"]


# --- Delegations and calendar -----------------------------------------------------------------------------------------


def test_a_delegation_needs_known_people_and_can_be_revoked(kota: Kota, masuk: Masuk) -> None:
    dudukkan(
        kota.satu.staf,
        kota.satu.posisi_kabid,
        jenis=JenisPenugasan.TT,
        mulai=HARI_INI,
        sampai=HARI_INI + timedelta(days=90),
    )
    client = masuk(kota.admin)
    data = {
        "pegawai": str(kota.satu.staf.pk), "lingkup_nip": kota.dua.staf.nip, "nomor": "800/1", "tanggal": HARI_INI.isoformat(),
        "mulai": HARI_INI.isoformat(), "selesai": (HARI_INI + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    ditolak = client.post(reverse("admin-delegasi-baru"), data)
    assert kota.dua.staf.nip in ditolak.context["form"].errors["lingkup_nip"][0]
    assert (
        client.post(reverse("admin-delegasi-baru"), {**data, "lingkup_nip": kota.satu.staf_lain.nip}).status_code == 302
    )
    delegasi = Delegasi.objects.get()
    assert list(delegasi.lingkup_pegawai.all()) == [kota.satu.staf_lain]
    assert (
        client.post(reverse("admin-delegasi-cabut", args=[delegasi.pk]), {"alasan": "Tim sudah bubar"}).status_code
        == 302
    )
    delegasi.refresh_from_db()
    assert delegasi.dicabut_pada is not None


def test_a_holiday_is_entered_once_and_can_be_taken_out(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.bkpsdm)
    data = {"tanggal": f"{HARI_INI.year}-08-17", "nama": "Hari Kemerdekaan", "libur": "on"}
    assert client.post(reverse("admin-kalender-baru"), data).status_code == 302
    assert "tanggal" in client.post(reverse("admin-kalender-baru"), data).context["form"].errors
    hari = Kalender.objects.get()
    assert "Hari Kemerdekaan" in client.get(reverse("admin-kalender")).content.decode()
    assert client.post(reverse("admin-kalender-hapus", args=[hari.pk])).status_code == 302
    assert not Kalender.objects.exists()


# --- Data salah? Laporkan ---------------------------------------------------------------------------------------------


def test_an_asn_reports_wrong_data_and_his_admin_answers(kota: Kota, masuk: Masuk) -> None:
    asn = masuk(kota.satu.staf.user)
    halaman = asn.get(reverse("lapor-data"), {"kolom": "Atasan"}).content.decode()
    assert kota.satu.posisi_kabid.jabatan.nama in halaman
    assert (
        asn.post(reverse("lapor-data"), {"kolom": "Atasan", "isi": "Atasan saya seharusnya Kepala Dinas"}).status_code
        == 302
    )
    laporan = LaporanData.objects.get()
    admin, alamat = masuk(kota.admin), reverse("laporan-data-detail", args=[laporan.pk])
    assert admin.post(alamat, {"status": "diperbaiki", "jawaban": "ok"}).context["form"].errors["jawaban"]
    assert admin.post(alamat, {"status": "diperbaiki", "jawaban": "Atasan sudah diganti hari ini"}).status_code == 302
    laporan.refresh_from_db()
    assert laporan.status == StatusLaporanData.DIPERBAIKI
    assert admin.post(alamat, {"status": "ditolak", "jawaban": "Tidak jadi diperbaiki"}).status_code == 403


def test_reports_of_another_opd_are_not_found(kota: Kota, masuk: Masuk) -> None:
    laporan = LaporanData.objects.create(
        pegawai=kota.dua.staf, kolom="Jabatan", isi="Salah jabatan", pelapor=kota.dua.staf.user
    )
    assert masuk(kota.admin).get(reverse("laporan-data-detail", args=[laporan.pk])).status_code == 404
    assert masuk(kota.bkpsdm).get(reverse("laporan-data-detail", args=[laporan.pk])).status_code == 200


def test_nobody_answers_his_own_report(kota: Kota, masuk: Masuk) -> None:
    pegawai = Pegawai.objects.get(user=kota.bkpsdm)
    laporan = LaporanData.objects.create(pegawai=pegawai, kolom="Jabatan", isi="Salah jabatan", pelapor=kota.bkpsdm)
    jawaban = masuk(kota.bkpsdm).post(
        reverse("laporan-data-detail", args=[laporan.pk]), {"status": "ditolak", "jawaban": "Sudah benar semua"}
    )
    assert jawaban.status_code == 403


# --- Audit ------------------------------------------------------------------------------------------------------------


def test_a_change_is_found_in_the_audit_of_its_person(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.bkpsdm)
    client.post(reverse("admin-pegawai-ubah", args=[kota.satu.staf.pk]), {
        **{n: getattr(kota.satu.staf, n) or "" for n in ("nip", "nama", "status_asn", "kedudukan_hukum", "jenis_kelamin")},
        "tanggal_lahir": kota.satu.staf.tanggal_lahir.isoformat(), "golongan": "III/c",
    })  # fmt: skip
    assert AuditEvent.objects.filter(chain=f"pegawai:{kota.satu.staf.pk}").exists()
    isi = client.get(reverse("admin-audit"), {"objek": f"pegawai:{kota.satu.staf.pk}"}).content.decode()
    assert "golongan: – → III/c" in isi
