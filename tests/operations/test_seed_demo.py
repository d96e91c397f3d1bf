from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from backend.operations import demo
from backend.platform import audit
from tests.factories_kepegawaian import buat_pegawai

pytestmark = pytest.mark.django_db


def test_an_interrupted_filling_is_named_and_not_taken_for_a_city():
    audit.record(demo.JEJAK, demo.MULAI, aktor=None)
    assert not demo.is_half_filled()
    buat_pegawai()
    assert demo.is_half_filled()
    with pytest.raises(CommandError, match="terhenti"):
        call_command("seed_demo", if_empty=True)
    audit.record(demo.JEJAK, demo.SELESAI, aktor=None)
    call_command("seed_demo", if_empty=True)
    assert not demo.is_half_filled()


def test_real_people_are_never_mixed_with_generated_ones():
    buat_pegawai()
    with pytest.raises(CommandError, match="sudah berisi pegawai"):
        call_command("seed_demo")
