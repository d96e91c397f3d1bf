"""What the pages say: letters, reasons with their rules, sums that equal the day rows, filters, exports."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.urls import reverse
from openpyxl import load_workbook

from backend.kepegawaian.models import RiwayatJabatan
from backend.platform import files, jobs
from backend.platform.enums import StatusJob
from backend.platform.models import Job, OutboxMessage
from backend.presensi.models import HadirHarian, Peringatan
from backend.presensi.tasks import HITUNG
from backend.web.presensi_kerja import EKSPOR_BULAN, EKSPOR_SKOR
from tests.factories_kepegawaian import dudukkan
from tests.web.presensi.conftest import BULAN, SENIN, Kota, Masuk, hitung_bulan, isi_berkas, tambah_pegawai

MEI = {"bulan": "2025-05"}


def jalankan(job: Job) -> Job:
    """Run a queued job as the worker does."""
    pesan = OutboxMessage.objects.get(kind=jobs.KIND, payload__job=str(job.pk))
    jobs.run(pesan)
    job.refresh_from_db()
    return job


# --- One person -----------------------------------------------------------------------------------------------------


def test_the_own_month_shows_each_day_its_cut_and_why(kota: Kota, masuk: Masuk) -> None:
    jawaban = masuk(kota.staf).get(reverse("presensi"), MEI)
    isi = jawaban.context
    huruf = {sel.tanggal: sel.huruf.huruf for sel in isi["kalender"]}
    assert [huruf[SENIN + timedelta(days=n)] for n in range(4)] == ["T", "K", "H", "H"]
    assert huruf[SENIN - timedelta(days=1)] == ""
    assert isi["jumlah"].persen == Decimal("4")
    assert [sel.kalimat for sel in isi["berpotongan"]] == [
        "Terlambat 31 menit",
        "Tidak ada tap, izin, atau koreksi yang disetujui",
    ]
    teks = jawaban.content.decode()
    assert "AK-12, AP-TL2" in teks
    assert "08.01" in teks


def test_a_day_names_the_rows_of_the_tables_and_the_use_of_each_tap(kota: Kota, masuk: Masuk) -> None:
    jawaban = masuk(kota.kabid).get(reverse("presensi-hari", args=[kota.satu.staf.pk, "2025-05-05"]))
    (alasan,) = jawaban.context["alasan"]
    assert (alasan.kode, alasan.kalimat, alasan.persen) == ("TL2", "Terlambat 31 menit", Decimal("1"))
    assert [(tabel, kode) for tabel, kode, _teks in alasan.aturan] == [
        ("absen_kategori", "AK-12"),
        ("absen_potongan", "AP-TL2"),
    ]
    assert [guna for _tap, _sumber, guna in jawaban.context["taps"]] == ["Jendela masuk", "Jendela pulang"]
    assert "absen_kategori versi 1" in jawaban.content.decode()


def test_days_before_a_move_belong_to_the_old_opd_and_days_after_it_to_the_new_one(kota: Kota, masuk: Masuk) -> None:
    pindah = date(2025, 5, 16)
    RiwayatJabatan.objects.filter(pegawai=kota.satu.staf).update(sampai=pindah - timedelta(days=1))
    dudukkan(kota.satu.staf, kota.dua.posisi_staf, mulai=pindah)
    hitung_bulan()
    lama, baru = (
        f"{reverse('presensi-hari', args=[kota.satu.staf.pk, hari])}" for hari in ("2025-05-06", "2025-05-20")
    )
    for user, boleh, tidak in ((kota.admin, lama, baru), (kota.lain, baru, lama)):
        assert masuk(user).get(boleh).status_code == 200
        assert masuk(user).get(tidak).status_code == 404
    for user in (kota.admin, kota.lain):  # both lists name him, each with its own days
        baris = masuk(user).get(reverse("presensi-opd"), MEI).context["baris"]
        (satu,) = (satu for satu in baris if satu.pegawai.pk == kota.satu.staf.pk)
        assert (satu.persen > 0) == (user == kota.admin)
    assert masuk(kota.lain).get(reverse("presensi-skor"), MEI).context["jumlah"].pegawai == 5


def test_a_day_that_nobody_stored_is_shown_as_not_computed_yet(kota: Kota, masuk: Masuk) -> None:
    jawaban = masuk(kota.staf).get(reverse("presensi-hari", args=[kota.satu.staf.pk, "2025-07-01"]))
    assert jawaban.status_code == 200
    assert "Belum ada hasil" in jawaban.content.decode()


def test_the_atasan_sees_the_grid_of_his_people_only(kota: Kota, masuk: Masuk) -> None:
    baris = masuk(kota.kabid).get(reverse("presensi-bawahan"), MEI).context["baris"]
    assert {satu.pegawai.pk for satu in baris} == {kota.satu.staf.pk, kota.satu.staf_lain.pk}
    assert {satu.pegawai.pk: satu.persen for satu in baris}[kota.satu.staf.pk] == Decimal("4")


def test_a_warning_stands_on_the_own_month_and_in_the_list_of_whoever_sees_the_person(kota: Kota, masuk: Masuk) -> None:
    Peringatan.objects.create(
        pegawai=kota.satu.staf,
        tahun=2025,
        jenis="AMBANG",
        hukuman="teguran_lisan",
        tingkat="ringan",
        hari_tk=3,
        berturut=2,
    )
    teks = masuk(kota.staf).get(reverse("presensi"), MEI).content.decode()
    assert "3 hari tanpa keterangan tahun 2025" in teks
    assert "teguran lisan" in teks
    alamat = reverse("presensi-peringatan")
    assert masuk(kota.kabid).get(alamat).context["halaman"].paginator.count == 1
    assert masuk(kota.lain).get(alamat).context["halaman"].paginator.count == 0


# --- An OPD -----------------------------------------------------------------------------------------------------------


def test_the_grid_pages_by_25_and_htmx_gets_the_grid_alone(kota: Kota, masuk: Masuk) -> None:
    tambah_pegawai(kota, 30)
    client, alamat = masuk(kota.admin), reverse("presensi-opd")
    satu = client.get(alamat, MEI)
    assert len(satu.context["baris"]) == 25
    assert satu.context["halaman"].paginator.count == 34
    dua = client.get(alamat, {**MEI, "hal": "2"}, headers={"HX-Request": "true"})
    assert len(dua.context["baris"]) == 9
    assert b"<html" not in dua.content
    assert b'id="lembar"' in dua.content


def test_filters_narrow_the_grid_and_stay_in_the_address(kota: Kota, masuk: Masuk) -> None:
    client, alamat = masuk(kota.admin), reverse("presensi-opd")

    def orang(**saring: str) -> set[str]:
        return {satu.pegawai.nama for satu in client.get(alamat, {**MEI, **saring}).context["baris"]}

    assert orang(tampil="tk") == {kota.satu.staf.nama}
    assert orang(cari=kota.satu.kabid.nip) == {kota.satu.kabid.nama}
    assert orang(unit=str(kota.satu.bidang.pk)) == {
        kota.satu.kabid.nama, kota.satu.staf.nama, kota.satu.staf_lain.nama,
    }  # fmt: skip
    assert orang(tampil="jadwal") == set()
    assert orang(tampil="palsu", unit="bukan") != set()  # a value that is none filters nothing


def test_score_totals_equal_the_sums_of_the_day_rows(kota: Kota, masuk: Masuk) -> None:
    isi = masuk(kota.admin).get(reverse("presensi-skor"), MEI).context
    hari = HadirHarian.objects.filter(opd=kota.satu.opd, tanggal__range=(BULAN, BULAN + timedelta(days=30)))
    assert isi["jumlah"].persen == hari.aggregate(n=Sum("persen"))["n"]
    assert [(kode, n) for kode, _nama, n in isi["jumlah"].kode] == [("TL2", 1), ("TK", 1)]
    pertama = isi["baris"][0]
    assert pertama.kepala.teks == kota.satu.staf.nama_lengkap
    assert "TL2 ×1, TK ×1" in [sel.teks for sel in pertama.sel]
    assert reverse("presensi-orang", args=[kota.satu.staf.pk]) in pertama.kepala.url


def test_the_whole_city_shows_a_line_per_opd(kota: Kota, masuk: Masuk) -> None:
    isi = masuk(kota.bkpsdm).get(reverse("presensi-skor"), MEI).context
    per_opd = {satu["opd__nama"]: (satu["pegawai"], satu["tk"]) for satu in isi["per_opd"]}
    assert per_opd == {"Dinas Satu": (4, 1), "Dinas Dua": (4, 0)}
    assert next(iter(per_opd)) == "Dinas Satu"  # the highest mean first


# --- Long work --------------------------------------------------------------------------------------------------------


def test_computing_anew_is_a_job_that_a_second_press_joins(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.admin)
    isi = {"opd": str(kota.satu.opd.pk), **MEI}
    satu = client.post(reverse("presensi-hitung"), isi)
    dua = client.post(reverse("presensi-hitung"), isi)
    assert satu.url == dua.url
    job = Job.objects.get(jenis=HITUNG)
    halaman = client.get(satu.url)
    assert 'hx-trigger="every 2s"' in halaman.content.decode()
    assert jalankan(job).status == StatusJob.SELESAI
    assert 'hx-trigger="every 2s"' not in client.get(satu.url).content.decode()
    assert client.get(reverse("presensi-opd"), MEI).context["job"] is None


def test_only_a_whole_city_role_computes_every_opd(kota: Kota, masuk: Masuk) -> None:
    masuk(kota.bkpsdm).post(reverse("presensi-hitung"), MEI)
    assert Job.objects.filter(jenis=HITUNG).count() == 2
    Job.objects.all().delete()
    masuk(kota.admin).post(reverse("presensi-hitung"), MEI)
    assert [job.parameter["opd"] for job in Job.objects.all()] == [str(kota.satu.opd.pk)]


def test_a_job_is_seen_by_its_starter_and_by_nobody_else(kota: Kota, masuk: Masuk) -> None:
    alamat = masuk(kota.admin).post(reverse("presensi-skor-unduh"), {"opd": str(kota.satu.opd.pk), **MEI}).url
    for user in (kota.lain, kota.bkpsdm, kota.staf):
        assert masuk(user).get(alamat).status_code == 404
        assert masuk(user).get(f"{alamat}unduh/").status_code == 404


def test_the_export_of_the_grid_equals_the_screen_and_holds_no_formula(kota: Kota, masuk: Masuk) -> None:
    kota.satu.staf.nama = '=HYPERLINK("http://jahat","klik")'
    kota.satu.staf.save()
    client = masuk(kota.admin)
    client.post(reverse("presensi-opd-unduh") + "?tampil=potongan", {"opd": str(kota.satu.opd.pk), **MEI})
    job = jalankan(Job.objects.get(jenis=EKSPOR_BULAN))
    assert job.status == StatusJob.SELESAI
    with files.open_bytes(job.berkas) as isi:
        buku = load_workbook(io.BytesIO(isi.read()))
    lembar = list(buku["Presensi"].iter_rows(values_only=True))
    assert len(lembar) == 2
    assert lembar[1][1] == kota.satu.staf.nip
    assert [lembar[1][2 + n] for n in (5, 6)] == ["T", "K"]
    assert all(sel.data_type != "f" for baris in buku["Presensi"].iter_rows() for sel in baris)
    assert buku["Hari berpotongan"].max_row == 3
    assert isi_berkas(client.get(reverse("presensi-pekerjaan-unduh", args=[job.pk]))).startswith(b"PK")


def test_the_export_of_scores_has_a_column_per_code(kota: Kota, masuk: Masuk) -> None:
    masuk(kota.bkpsdm).post(reverse("presensi-skor-unduh"), {"opd": "", **MEI})
    job = jalankan(Job.objects.get(jenis=EKSPOR_SKOR))
    with files.open_bytes(job.berkas) as isi:
        kepala, pertama, *lain = load_workbook(io.BytesIO(isi.read())).active.iter_rows(values_only=True)
    baris = dict(zip(kepala, pertama, strict=True))
    assert (baris["NIP"], baris["TL2"], baris["TK"], baris["Potongan (%)"]) == (kota.satu.staf.nip, 1, 1, 4)
    assert len(lain) == 7
