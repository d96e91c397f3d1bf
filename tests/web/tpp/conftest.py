"""An OPD with a month to pay, and the people who look at it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from backend.accounts.models import User
from backend.platform import outbox
from backend.tpp.models import Hasil, Periode
from backend.tpp.services import periode as layanan
from backend.workflow import engine
from backend.workflow.models import ProcessInstance, WorkItem
from tests.factories_kepegawaian import beri_peran, buat_user
from tests.factories_tpp import MARET, Kantor, buat_kantor, terbitkan_proses


@dataclass
class Panggung:
    """A period in its process and everybody who acts on it."""

    kantor: Kantor
    admin: User
    bkpsdm: User
    bendahara: User
    periode: Periode

    @property
    def staf(self) -> User:
        user = self.kantor.dinas.staf.user
        assert user is not None
        return user

    @property
    def kepala(self) -> User:
        user = self.kantor.dinas.kepala.user
        assert user is not None
        return user

    def hasil(self, user: User | None = None) -> Hasil:
        """The result of somebody (the staf)."""
        return Hasil.objects.get(periode=self.periode, pegawai__user=user or self.staf)

    def item(self) -> WorkItem:
        return WorkItem.objects.open().get(instance__business_key=str(self.periode.pk))

    @property
    def instance(self) -> ProcessInstance:
        """The process of the period."""
        return ProcessInstance.objects.get(business_key=str(self.periode.pk))

    def terbitkan(self) -> None:
        engine.complete(self.item().pk, actor=self.admin, data={"keputusan": "terbit"})
        outbox.drain()
        self.periode.refresh_from_db()


@pytest.fixture
def kantor(db: None) -> Kantor:
    return buat_kantor()


@pytest.fixture
def panggung(kantor: Kantor) -> Panggung:
    terbitkan_proses()
    admin, bkpsdm, bendahara = buat_user(), buat_user(), buat_user()
    beri_peran(admin, "admin_opd", kantor.opd)
    beri_peran(bkpsdm, "bkpsdm")
    beri_peran(bendahara, "bendahara")
    periode = layanan.buka(kantor.opd, bulan=MARET, aliran=kantor.aliran, oleh=admin)
    outbox.drain()
    periode.refresh_from_db()
    return Panggung(kantor, admin, bkpsdm, bendahara, periode)
