from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
from django.core.files.base import ContentFile

from backend.platform import outbox
from backend.platform.enums import StatusJob
from backend.platform.models import Berkas, Job
from backend.presensi.errors import BerkasTapTidakTerbaca
from backend.presensi.models import HadirHarian, HariKotor, Karantina, Mesin, TapMentah
from backend.presensi.services import impor
from tests.factories_kepegawaian import Dinas, buat_user
from tests.factories_presensi import saat

pytestmark = pytest.mark.django_db


def baca(text: str | bytes, mesin: Any = None) -> impor.Bacaan:
    return impor.baca(io.BytesIO(text.encode() if isinstance(text, str) else text), mesin=mesin)


def workbook(*rows: list[Any]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet, moment = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(y, x, cell, moment)
            else:
                sheet.write(y, x, cell)
    book.close()
    return buffer.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "PIN,Waktu\n7,2025-05-05 07:21:40\n",
        "\ufeffNo. ; Nama ; Tanggal ; Jam\n7;Budi;05/05/2025;07:21:40\n",
        "7\t2025-05-05 07:21:40\t0\t1\n",
        "7 2025-05-05 07:21:40 1 0 0\n",
        "AC-No.,Date/Time\n'7,2025/05/05 07:21:40\n\n",
    ],
)
def test_the_files_of_common_machines_are_read(text: str):
    found = baca(text)
    assert [(tap.pin, tap.ts) for tap in found.taps] == [("7", saat("2025-05-05 07:21:40"))]
    assert found.tolakan == []


def test_a_workbook_is_read():
    found = baca(workbook(["PIN", "Waktu"], [7.0, datetime(2025, 5, 5, 7, 21, 40)], ["8", "2025-05-05 07:22:00"]))
    assert [(tap.pin, tap.ts) for tap in found.taps] == [
        ("7", saat("2025-05-05 07:21:40")), ("8", saat("2025-05-05 07:22:00")),
    ]  # fmt: skip


def test_a_line_may_name_its_machine(dinas: Dinas):
    mesin = Mesin.objects.create(nomor_seri="SN1", nama="Lobi", opd=dinas.opd)
    found = baca("pin,waktu,sn\n7,2025-05-05 07:21:40,SN1\n7,2025-05-05 07:22:40,SN2\n")
    assert [tap.mesin for tap in found.taps] == [mesin.pk]
    assert [(satu.baris, satu.sebab) for satu in found.tolakan] == [(3, "mesin SN2 tidak terdaftar")]


def test_each_reject_has_its_line_and_reason():
    found = baca(
        "pin,waktu\n,2025-05-05 07:00:00\n7,kemarin\n=HYPERLINK(1),2025-05-05 07:00:00\n7,2025-05-05 07:00:00\n"
    )
    assert [satu.baris for satu in found.tolakan] == [2, 3, 4]
    assert len(found.taps) == 1


@pytest.mark.parametrize("content", [b"PK\x03\x04 not a workbook", b"a\x00b,c\n"])
def test_hostile_files_are_refused_in_words(content: bytes):
    with pytest.raises(BerkasTapTidakTerbaca, match="tidak dapat dibaca"):
        baca(content)


def test_broken_quotes_are_rejects_not_errors():
    assert baca(b'"a,b\n"c"d",').taps == []


def run(content: bytes, nama: str, *, mesin: Mesin | None = None) -> Job:
    job = impor.mulai(ContentFile(content, name=nama), mesin=mesin, oleh=buat_user())
    outbox.drain()
    job.refresh_from_db()
    return job


def test_the_job_takes_in_computes_and_reports(dinas: Dinas):
    text = f"pin,waktu\n{dinas.staf.nip},2026-05-05 07:21:40\n{dinas.staf.nip},2026-05-05 16:05:00\n99,2026-05-05 07:00:00\n7,besok\n"
    job = run(text.encode(), "mei.csv")
    assert job.status == StatusJob.SELESAI
    counts = {name: job.hasil[name] for name in ("dibaca", "baru", "ganda", "tanpa_pemilik", "tidak_terbaca")}
    assert counts == {"dibaca": 4, "baru": 3, "ganda": 0, "tanpa_pemilik": 1, "tidak_terbaca": 1}
    assert HadirHarian.objects.get(pegawai=dinas.staf, tanggal=date(2026, 5, 5)).kode == []
    assert Berkas.objects.get(pk=job.hasil["laporan"]).nama_asli.endswith(".xlsx")
    assert Karantina.objects.count() == 2
    assert not HariKotor.objects.exists()


def test_the_same_file_twice_adds_nothing(dinas: Dinas):
    content = f"pin,waktu\n{dinas.staf.nip},2026-05-05 07:21:40\n".encode()
    run(content, "a.csv")
    again = run(content, "b.csv")
    assert (again.hasil["baru"], again.hasil["ganda"], TapMentah.objects.count()) == (0, 1, 1)


def test_an_empty_or_binary_upload_is_refused(db: None):
    for content in (b"  \n", b"\x00\x01"):
        with pytest.raises(BerkasTapTidakTerbaca):
            impor.mulai(ContentFile(content, name="x.csv"), mesin=None, oleh=buat_user())
