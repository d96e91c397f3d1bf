"""Tables as files: what a data table needs beside a DMN file, and what check_rules and publish_rules make of it."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from backend.rules import files, versions
from backend.rules.datatable import InvalidDataRows, InvalidTableDefinition
from backend.rules.decide import FileSource, decide, use_source
from backend.rules.errors import NoVersion, RuleWithoutSource
from backend.rules.models import RuleVersion

PADA = date(2025, 4, 30)
HEADER = {
    "dasar_hukum": "PP contoh",
    "berlaku_mulai": "2024-01-01",
    "masukan": [
        {"nama": "kategori", "tipe": "string", "cocok": "equal"},
        {"nama": "bruto", "tipe": "number", "cocok": "range"},
    ],
    "keluaran": [{"nama": "rate", "tipe": "number"}],
}
ROWS = "kode,kategori,bruto,rate\nA-1,A,<= 5400000,0\nA-2,A,(5400000..5650000],0.25\nA-3,A,> 5650000,0.5\n"
CASES = "kategori,bruto,rate,aturan,galat\nA,5400000,0,A-1,\nA,5400000.01,0.25,A-2,\nB,1,,,no_rule_matched\n"


def tarif(folder: Path, *, rows: str = ROWS, cases: str = CASES, **header: object) -> Path:
    path = folder / "tarif.json"
    path.write_text(json.dumps({**HEADER, **header}))
    path.with_suffix(".csv").write_text(rows)
    path.with_suffix(".cases.csv").write_text(cases)
    return path


def check(path: Path) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("check_rules", str(path), stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_data_table_decides_from_its_files_and_is_read_again_when_they_change(tmp_path: Path):
    path = tarif(tmp_path)
    before = use_source(FileSource(tmp_path))
    try:
        assert decide("tarif", pada=PADA, kategori="A", bruto=Decimal("5400000.01"))["rate"] == Decimal("0.25")
        path.with_suffix(".csv").write_text(ROWS.replace("0.25", "0.3"))
        assert decide("tarif", pada=PADA, kategori="A", bruto=5400001)["rate"] == Decimal("0.3")
        with pytest.raises(NoVersion):
            decide("tidak_ada", pada=PADA)
    finally:
        use_source(before)


def test_check_rules_runs_the_examples_of_a_data_table(tmp_path: Path):
    assert check(tarif(tmp_path)) == (0, "tarif.json: baik\n1 berkas diperiksa, 0 dengan galat.\n")
    code, out = check(tarif(tmp_path, cases=CASES.replace("5400000.01,0.25", "5400000.01,0.3")))
    assert code == 1
    assert "Contoh baris 3: rate seharusnya 0.3, tetapi hasilnya 0.25." in out


def test_check_rules_shows_a_gap_between_the_intervals_of_a_key(tmp_path: Path):
    code, out = check(tarif(tmp_path, rows=ROWS.replace("> 5650000", "> 5650001")))
    assert code == 0
    assert "celah antara baris A-2 ((5400000..5650000]) dan A-3 (> 5650001)" in out
    assert "celah" in check(tarif(tmp_path, rows=ROWS.replace("(5400000..5650000]", "(5400000..5650000)")))[1]


def test_dates_that_follow_each_other_leave_no_gap(tmp_path: Path):
    masukan = [{"nama": "hari", "tipe": "date", "cocok": "range"}]
    rows = "kode,hari,rate\nA,[2024-01-01..2024-12-31],1\nB,>= 2025-01-01,2\n"
    assert "celah" not in check(tarif(tmp_path, rows=rows, cases="hari,rate\n2025-01-01,2\n", masukan=masukan))[1]
    rows = rows.replace(">= 2025-01-01", "> 2025-01-01")
    assert "celah" in check(tarif(tmp_path, rows=rows, cases="hari,rate\n2025-01-02,2\n", masukan=masukan))[1]


def test_a_wrong_row_or_definition_says_what_is_wrong(tmp_path: Path):
    with pytest.raises(InvalidDataRows, match='Baris 2, kolom rate: "0,25" bukan angka'):
        files.read(tarif(tmp_path, rows=ROWS.replace("0.25", '"0,25"')))
    path = tarif(tmp_path)
    path.with_suffix(".csv").unlink()
    with pytest.raises(InvalidTableDefinition, match=r"tarif\.csv tidak ada"):
        files.read(path)
    path.write_text("[1]")
    with pytest.raises(InvalidTableDefinition, match="harus sebuah objek"):
        files.read(path)
    path.write_text("{")
    assert check(path)[0] == 1


@pytest.mark.django_db
def test_a_data_table_is_published_once_and_again_when_its_rows_or_its_source_change(tmp_path: Path):
    def outcome(path: Path) -> str:
        return versions.publish_file(path).outcome

    assert [outcome(tarif(tmp_path)), outcome(tarif(tmp_path))] == ["published", "unchanged"]
    rows = ROWS.replace("0.25", "0.3")
    cases = CASES.replace("0.25", "0.3")
    assert outcome(tarif(tmp_path, rows=rows, cases=cases, berlaku_mulai="2025-01-01")) == "published"
    assert outcome(tarif(tmp_path, rows=rows, cases=cases, berlaku_mulai="2025-02-01")) == "published"
    before = use_source(versions.DatabaseSource())
    try:
        rates = [
            decide("tarif", pada=pada, kategori="A", bruto=5_500_000)["rate"]
            for pada in (date(2024, 5, 1), date(2025, 1, 31), PADA)
        ]
    finally:
        use_source(before)
    assert rates == [Decimal("0.25"), Decimal("0.3"), Decimal("0.3")]


@pytest.mark.django_db
def test_a_data_table_with_a_failing_example_or_without_source_is_not_published(tmp_path: Path):
    with pytest.raises(versions.RuleHasErrors, match="Contoh baris 2"):
        versions.publish_file(tarif(tmp_path, cases="kategori,bruto,rate\nA,1,7\n"))
    with pytest.raises(RuleWithoutSource, match="Dasar hukum"):
        versions.publish_file(tarif(tmp_path, dasar_hukum=""))
    with pytest.raises(RuleWithoutSource, match="Berlaku mulai"):
        versions.publish_file(tarif(tmp_path, berlaku_mulai="1 Januari 2024"))
    assert RuleVersion.objects.count() == 0
