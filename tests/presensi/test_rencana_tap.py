"""Plans of the statements that take whole arrays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from backend.presensi.enums import SumberTap
from backend.presensi.services.tap import TERIMA, TapBaru, terima

pytestmark = pytest.mark.django_db
KINI = datetime(2025, 4, 8, 3, 0, tzinfo=UTC)


def test_a_worker_that_takes_in_file_after_file_plans_each_for_itself():
    for nomor in range(8):  # more often than until a statement is prepared
        terima([TapBaru("1", KINI - timedelta(hours=nomor))], sumber=SumberTap.IMPOR, sekarang=KINI, hitung=False)
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone() == ("force_custom_plan",)
        awalan = TERIMA.partition("%(")[0]
        cursor.execute(
            "SELECT sum(generic_plans) FROM pg_prepared_statements WHERE starts_with(statement, %s)", [awalan]
        )
        assert cursor.fetchone()[0] in (None, 0)
