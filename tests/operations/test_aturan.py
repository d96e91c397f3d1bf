from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from backend.accounts.roles import Peran
from backend.kepegawaian.models import PeranUser
from backend.platform.models import Notice, OutboxMessage
from backend.rules.models import RuleVersion
from backend.rules.versions import publish, publish_file, save_draft
from tests.factories_kepegawaian import beri_peran, buat_pegawai
from tests.rules.dmn import decision, definitions, input_data, table

pytestmark = pytest.mark.django_db


def berkas(folder: Path, persen: int, mulai: str = "2025-01-01") -> Path:
    body = table([("n", "number")], [("persen", "number", "")], [["-", str(persen)]])
    described = f"<description>Dasar hukum: Perwali 1/2025\nBerlaku mulai: {mulai}</description>"
    path = folder / "potongan.dmn"
    path.write_bytes(definitions(described, input_data("n", "number"), decision("potongan", body, needs=["in_n"])))
    path.with_suffix(".cases.csv").write_text(f"n,persen\n1,{persen}\n")
    return path


def ditulis_di_peramban(path: Path) -> RuleVersion:
    return publish(
        save_draft(
            "potongan",
            xml=path.read_text(),
            kasus=path.with_suffix(".cases.csv").read_text(),
            dasar_hukum="Perwali 2/2025",
            berlaku_mulai=date(2025, 2, 1),
        )
    )


@pytest.fixture
def admin_proses() -> PeranUser:
    return beri_peran(buat_pegawai().user, Peran.ADMIN_PROSES)


def test_admin_proses_hears_once_of_a_file_that_only_became_a_draft(admin_proses: PeranUser, tmp_path: Path):
    beri_peran(buat_pegawai().user, Peran.BKPSDM)
    assert publish_file(berkas(tmp_path, 1)).outcome == "published"
    assert not Notice.objects.exists()
    ditulis_di_peramban(berkas(tmp_path, 2))
    assert [publish_file(berkas(tmp_path, 3)).outcome for _ in range(2)] == ["draft", "unchanged"]
    notice = Notice.objects.get()
    assert (notice.penerima, notice.peristiwa) == (admin_proses.user, "aturan.draf_dari_rilis")
    assert "potongan v3" in notice.isi
    assert "ditulis di peramban" in notice.isi
    assert OutboxMessage.objects.count() == bool(admin_proses.user.email)


def test_who_no_longer_holds_the_role_hears_nothing(admin_proses: PeranUser, tmp_path: Path):
    PeranUser.objects.update(sampai=date(2024, 12, 31), mulai=date(2024, 1, 1))
    ditulis_di_peramban(berkas(tmp_path, 2))
    assert publish_file(berkas(tmp_path, 3)).outcome == "draft"
    assert not Notice.objects.exists()
