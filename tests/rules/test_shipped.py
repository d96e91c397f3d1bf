"""The tables in rules/: sound, exampled, sourced, and equal to the figures of the specification."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from backend.rules import cases, checks, files
from backend.rules.datatable import DataTable
from backend.rules.decide import RULES_DIR, decide
from backend.rules.errors import NoRuleMatched
from backend.rules.feel import parse_expression, parse_unary_tests
from backend.rules.model import load

FILES = sorted(RULES_DIR.glob("*.dmn"))
DATA = sorted(RULES_DIR.glob("*.json"))
PADA = date(2025, 4, 30)
GOLDEN = Path(__file__).parents[1] / "golden" / "golden_bup.json"
RATINGS = ("di_bawah", "sesuai", "di_atas")


def test_the_tables_of_the_issue_are_there():
    names = {
        "predikat_kinerja",
        "rating_hasil_kerja",
        "pemetaan_pimpinan",
        "distribusi_predikat",
        "konversi_angka_kredit",
        "bup",
    }
    assert names <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_table_has_no_finding_and_an_example_for_every_rule(path: Path):
    model = load(path.read_bytes())
    examples = path.with_suffix(".cases.csv").read_text(encoding="utf-8")
    assert [*checks.check(model, main=path.stem), *cases.run(model, path.stem, examples)] == []


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.stem)
def test_a_data_table_has_no_finding_and_names_its_source_and_start(path: Path):
    file = files.read(path)
    assert isinstance(file.content, DataTable)
    assert [*checks.check_data(file.content), *cases.run_data(file.content, file.kasus)] == []
    assert file.dasar_hukum
    assert file.berlaku_mulai


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_table_names_its_source_and_start_and_explains_every_rule(path: Path):
    model = load(path.read_bytes())
    assert re.search(r"^Dasar hukum: \S", model.description, re.MULTILINE)
    assert re.search(r"^Berlaku mulai: \d{4}-\d\d-\d\d$", model.description, re.MULTILINE)
    for decision in model.decisions.values():
        assert decision.description
        for rule in decision.table.rules if decision.table else ():
            assert re.fullmatch(r"[A-Z]+-[A-Z0-9_]+", rule.id)
            assert rule.annotations


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_element_has_its_own_id_so_that_an_editor_can_open_the_file(path: Path):
    tree = etree.fromstring(path.read_bytes())
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    wanted = {"decision", "inputData", "rule", "inputEntry", "outputEntry", "input", "output"}
    assert all(element.get("id") for element in tree.iter(etree.Element) if etree.QName(element).localname in wanted)
    referred = {element.get("dmnElementRef") for element in tree.iter() if element.get("dmnElementRef")}
    referred |= {element.get("href")[1:] for element in tree.iter() if element.get("href")}
    assert referred <= set(ids)


@pytest.mark.parametrize(
    ("hasil", "predikat"),
    [
        ("di_atas", ("kurang", "baik", "sangat_baik")),
        ("sesuai", ("kurang", "baik", "baik")),
        ("di_bawah", ("sangat_kurang", "butuh_perbaikan", "butuh_perbaikan")),
    ],
)
def test_the_nine_cells_of_the_quadrant(hasil: str, predikat: tuple[str, str, str]):
    found = [
        decide("predikat_kinerja", pada=PADA, rating_hasil_kerja=hasil, rating_perilaku=r)["predikat"] for r in RATINGS
    ]
    assert tuple(found) == predikat


def test_a_predikat_needs_both_ratings():
    with pytest.raises(NoRuleMatched):
        decide("predikat_kinerja", pada=PADA, rating_hasil_kerja="sesuai", rating_perilaku=None)


@pytest.mark.parametrize(
    ("predikat", "jenjang", "bulan", "angka_kredit"),
    [
        ("sangat_baik", "PT", 12, "18.75"),
        ("baik", "PT", 2, "2.083333"),
        ("butuh_perbaikan", "MU", 6, "9.375"),
        ("kurang", "PY", 9, "9.375"),
        ("sangat_kurang", "UT", 3, "3.125"),
        ("sangat_baik", "MH", 7, "10.9375"),
        ("baik", "PM", 4, "1.25"),
    ],
)
def test_angka_kredit_of_the_specification(predikat: str, jenjang: str, bulan: int, angka_kredit: str):
    found = decide("konversi_angka_kredit", pada=PADA, predikat=predikat, jenjang=jenjang)
    assert round(found["persen"] * found["koefisien"] * bulan / 1200, 6) == Decimal(angka_kredit)
    assert len(found.rules) == 2


def test_a_unit_that_follows_the_guide_gets_no_warning():
    outcome = decide(
        "distribusi_predikat", pada=PADA, predikat_organisasi="istimewa",
        sangat_baik=14, baik=6, butuh_perbaikan=0, kurang=0, sangat_kurang=0,
    )  # fmt: skip
    assert outcome["kode"] == outcome["pesan"] == []


@pytest.mark.parametrize("kasus", json.loads(GOLDEN.read_text())["kasus"], ids=lambda kasus: kasus["id"])
def test_golden_bup(kasus: dict):
    """The reference list and overrides are data; here the list is what the golden file says of it."""
    jabatan, harapan = kasus["masukan"]["jabatan"], kasus["harapan"]
    listed = jabatan.get("jabatanFungsionalId") is not None
    outcome = decide(
        "bup",
        pada=PADA,
        usia_override=None,
        jenis_jabatan=jabatan["jenisJabatan"],
        usia_referensi=(harapan["bup"] or 0) if listed else None,
        jenjang=jabatan.get("jenjang"),
        eselon=jabatan.get("eselonId"),
    )
    assert (outcome["status"], outcome["usia"], outcome["sumber"]) == (
        harapan["status"],
        harapan["bup"],
        harapan["sumber"],
    )


def _written(section: str) -> list[str]:
    """First cells of the two-column tables of a section of docs/aturan.md."""
    text = (RULES_DIR.parent / "docs" / "aturan.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `(.+?)` \|", text.split(section, 1)[1].split("\n### ", 1)[0], re.MULTILINE)


def test_what_the_guide_tells_officials_to_write_can_be_read():
    conditions, results = _written("### Syarat"), _written("### Hasil")
    assert min(len(conditions), len(results)) >= 6
    for text in conditions:
        parse_unary_tests(text)
    for text in results:
        parse_expression(text)


def test_the_guide_names_every_shipped_table():
    text = (RULES_DIR.parent / "docs" / "aturan.md").read_text(encoding="utf-8")
    assert [path.stem for path in [*FILES, *DATA] if f"`{path.stem}`" not in text] == []
