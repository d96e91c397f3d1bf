from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backend.rules import versions
from backend.rules.datatable import (
    DataTable,
    Definition,
    InvalidDataRows,
    InvalidTableDefinition,
    load_csv,
    load_json,
    load_rows,
)
from backend.rules.decide import decide, input_names, use_source
from backend.rules.errors import NoRuleMatched, UnknownInput, WrongType
from backend.rules.expressions import NotExpressible, as_expression
from tests.rules.baris import Baris, answers, create_table, expected, same

PADA = date(2025, 4, 30)
TER = Definition.from_json(
    "pph_ter",
    {
        "masukan": [
            {"nama": "kategori", "tipe": "string", "cocok": "equal"},
            {"nama": "bruto", "tipe": "number", "cocok": "range"},
        ],
        "keluaran": [{"nama": "rate", "tipe": "number"}],
    },
)
TER_ROWS = """kode,kategori,bruto,rate
A-1,A,<= 5400000,0
A-2,A,(5400000..5650000],0.25
A-3,A,> 5650000,0.5
B-1,B,<= 6200000,0
B-2,B,> 6200000,0.25
"""
BESARAN = Definition.from_json(
    "tpp_besaran",
    {
        "masukan": [
            {"nama": "aliran", "tipe": "string", "cocok": "equal"},
            {"nama": "jabatan", "tipe": "string", "cocok": "any"},
            {"nama": "kelas", "tipe": "number", "cocok": "any"},
            {"nama": "opd", "tipe": "string", "cocok": "any"},
        ],
        "keluaran": [{"nama": "basic", "tipe": "number"}, {"nama": "catatan", "tipe": "string", "boleh_kosong": True}],
        "tingkat": [["jabatan", "opd"], ["jabatan"], ["kelas", "opd"], ["kelas"]],
    },
)
BESARAN_ROWS = """kode,aliran,jabatan,kelas,opd,basic,catatan
BS-1,TPP,sekda,-,setda,31000000,
BS-2,TPP,sekda,-,-,30000000,
BS-3,TPP,-,12,rsud,9000000,jasa pelayanan
BS-4,TPP,-,12,-,10600000,
"""


@pytest.fixture
def source() -> Iterator[None]:
    """Published versions in the database are the source of decide()."""
    before = use_source(versions.DatabaseSource())
    yield
    use_source(before)


def published(table: DataTable) -> None:
    draft = versions.save_data_draft(table, dasar_hukum="Perwali contoh", berlaku_mulai=date(2025, 1, 1))
    versions.publish(draft)


# --- Deciding ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kategori", "bruto", "kode"),
    [
        ("A", "0", "A-1"),
        ("A", "5400000", "A-1"),
        ("A", "5400000.01", "A-2"),
        ("A", "5650000", "A-2"),
        ("A", "5650001", "A-3"),
        ("B", "6200000", "B-1"),
    ],
)
def test_the_row_of_a_key_and_an_interval_is_found(kategori: str, bruto: str, kode: str):
    assert load_csv(TER_ROWS, TER).decide({"kategori": kategori, "bruto": Decimal(bruto)})[1] == kode


@pytest.mark.parametrize(
    ("jabatan", "kelas", "opd", "kode"),
    [
        ("sekda", 15, "setda", "BS-1"),
        ("sekda", 15, "lain", "BS-2"),
        ("camat", 12, "rsud", "BS-3"),
        ("camat", Decimal("12.0"), None, "BS-4"),
        (None, 12, "x", "BS-4"),
    ],
)
def test_the_most_specific_level_wins(jabatan: Any, kelas: Any, opd: Any, kode: str):
    outputs, found = load_csv(BESARAN_ROWS, BESARAN).decide(
        {"aliran": "TPP", "jabatan": jabatan, "kelas": kelas, "opd": opd}
    )
    assert found == kode
    assert outputs["catatan"] == ("jasa pelayanan" if kode == "BS-3" else None)


def test_no_row_wrong_types_and_names_are_errors():
    table = load_csv(TER_ROWS, TER)
    with pytest.raises(NoRuleMatched, match="kategori = C"):
        table.decide({"kategori": "C", "bruto": Decimal(1)})
    with pytest.raises(NoRuleMatched):
        table.decide({"kategori": "A", "bruto": None})
    with pytest.raises(WrongType, match="angka"):
        table.decide({"kategori": "A", "bruto": "1"})
    with pytest.raises(WrongType):
        table.decide({"kategori": "A", "bruto": True})
    with pytest.raises(UnknownInput, match="belum diisi"):
        table.decide({"kategori": "A"})
    with pytest.raises(UnknownInput, match="tidak dikenal"):
        table.decide({"kategori": "A", "bruto": 1, "lain": 1})


def test_dates_may_be_intervals():
    definition = Definition.from_json("tarif", {
        "masukan": [{"nama": "tanggal", "tipe": "date", "cocok": "range"}], "keluaran": [{"nama": "aktif", "tipe": "boolean"}],
    })  # fmt: skip
    table = load_csv(
        "kode,tanggal,aktif\nT-1,<= 2025-01-31,false\nT-2,(2025-01-31..2025-03-01),true\nT-3,2025-03-01,false\n",
        definition,
    )
    assert [
        table.decide({"tanggal": date(2025, month, day)})[1] for month, day in ((1, 31), (2, 1), (2, 28), (3, 1))
    ] == ["T-1", "T-2", "T-2", "T-3"]


# --- Loading -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "kolom", "masalah"),
    [
        ("X-1,A,5.400.000,1", "bruto", "tidak dapat dibaca"),
        ("X-1,A,[9..1],1", "bruto", "kosong"),
        ("X-1,A,[1..2],1,5", "rate", None),
        ("X-1,A,,1", "bruto", None),
        ('X-1,A,[1..2],"0,25"', "rate", "titik desimal"),
        ("X-1,A,[1..2],", "rate", "sel kosong"),
        ("X-1,-,[1..2],1", "-", "equal"),
        (",C,[1..2],1", "kode", "wajib diisi"),
        ("A-1,C,[1..2],1", "kode", "sudah dipakai"),
        ("X-1,A,[5650000..5700000],1", "-", "bertumpang tindih dengan baris A-2"),
    ],
)
def test_a_wrong_row_is_named_with_its_number_and_column(row: str, kolom: str, masalah: str | None):
    with pytest.raises(InvalidDataRows) as error:
        load_csv(TER_ROWS + row + "\n", TER)
    problem = error.value.problems[0]
    assert problem.baris == 6
    if masalah:
        assert (problem.kolom, masalah in problem.masalah) == (kolom, True)


def test_rows_that_no_level_knows_are_refused():
    with pytest.raises(InvalidDataRows, match="bukan salah satu tingkat"):
        load_csv(BESARAN_ROWS + "BS-9,TPP,sekda,15,-,1,\n", BESARAN)


def test_without_levels_rows_may_not_overlap_across_patterns():
    definition = Definition.from_json("t", {**BESARAN.to_json(), "tingkat": []})
    with pytest.raises(InvalidDataRows, match="bertumpang tindih"):
        load_csv(BESARAN_ROWS, definition)
    apart = load_csv(
        "kode,aliran,jabatan,kelas,opd,basic,catatan\nA,TPP,sekda,1,-,1,\nB,TPP,-,2,setda,2,\n", definition
    )
    assert apart.decide({"aliran": "TPP", "jabatan": "sekda", "kelas": 2, "opd": "setda"})[1] == "B"


def test_json_rows_are_the_same_as_csv_rows():
    text = '[{"kode": "A-1", "kategori": "A", "bruto": "<= 5400000", "rate": 0}, {"kode": "A-2", "kategori": "A", "bruto": "> 5400000", "rate": 0.25}]'
    assert load_json(text, TER).decide({"kategori": "A", "bruto": 6_000_000}) == ({"rate": Decimal("0.25")}, "A-2")
    for broken in ("{", "{}", "[1]"):
        with pytest.raises(InvalidDataRows):
            load_json(broken, TER)


@pytest.mark.parametrize(
    ("change", "masalah"),
    [
        ({"masukan": []}, "sedikitnya satu"),
        ({"keluaran": [{"nama": "bruto", "tipe": "number"}]}, "berulang"),
        ({"keluaran": [{"nama": "x", "tipe": "uang"}]}, "tipe"),
        ({"keluaran": [{"tipe": "number"}]}, "nama"),
        ({"tingkat": [["kategori"]]}, "any"),
    ],
)
def test_a_wrong_definition_is_refused(change: dict[str, Any], masalah: str):
    with pytest.raises(InvalidTableDefinition, match=masalah):
        Definition.from_json("t", {**TER.to_json(), **change})


# --- In the database -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("source")
def test_a_published_data_table_decides_and_annotates_alike():
    create_table()
    published(load_csv(TER_ROWS, TER))
    assert input_names("pph_ter", pada=PADA) == ("kategori", "bruto")
    assert decide("pph_ter", pada=PADA, kategori="A", bruto=6_000_000).rules == ("A-3",)
    rule = as_expression("pph_ter", pada=PADA, kategori="s1", bruto=Coalesce(F("n1") + F("n2"), "n1"))
    rows = [
        {"s1": s, "n1": n, "n2": Decimal("0.01")}
        for s, n in product(("A", "B", "C", None), (None, *map(Decimal, ("0", "5400000", "5399999.99", "9e7"))))
    ]
    wanted = [
        expected(
            lambda r=r: decide(
                "pph_ter", pada=PADA, kategori=r["s1"], bruto=None if r["n1"] is None else r["n1"] + r["n2"]
            )
        )
        for r in rows
    ]
    assert all(same(*pair) for pair in zip(answers(rule, rows), wanted, strict=True))


@pytest.mark.django_db
@pytest.mark.usefixtures("source")
def test_levels_win_alike_in_the_database():
    create_table()
    published(load_csv(BESARAN_ROWS, BESARAN))
    rule = as_expression("tpp_besaran", pada=PADA, aliran=Value("TPP"), jabatan="s1", kelas="n3", opd="s2")
    rows = [
        dict(zip(("s1", "n3", "s2"), row, strict=True))
        for row in product(("sekda", "camat", None), (12, 15, None), ("setda", "rsud", None))
    ]
    wanted = [
        expected(
            lambda r=r: decide("tpp_besaran", pada=PADA, aliran="TPP", jabatan=r["s1"], kelas=r["n3"], opd=r["s2"])
        )
        for r in rows
    ]
    assert all(same(*pair) for pair in zip(answers(rule, rows), wanted, strict=True))
    assert {rule for _, rule in wanted} == {"BS-1", "BS-2", "BS-3", "BS-4", None}
    with pytest.raises(NotExpressible):
        Baris.objects.annotate(
            x=as_expression("tpp_besaran", pada=PADA, aliran="s1", jabatan="s1", kelas="f1", opd="s2").rule
        ).first()


MIXED = Definition.from_json(
    "campuran",
    {
        "masukan": [
            {"nama": "s1", "tipe": "string", "cocok": "any"},
            {"nama": "b1", "tipe": "boolean", "cocok": "any"},
            {"nama": "n3", "tipe": "number", "cocok": "equal"},
            {"nama": "d1", "tipe": "date", "cocok": "range"},
        ],
        "keluaran": [{"nama": "hari", "tipe": "date", "boleh_kosong": True}, {"nama": "ya", "tipe": "boolean"}],
    },
)
DATES = ("-", "2025-01-31", "[2025-01-01..2025-02-01)", "> 2025-02-01", "<= 2024-12-31")


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["a", "b", "-"]), st.sampled_from(["true", "false", "-"]), st.sampled_from(["1", "2", "10.50"]),
                  st.sampled_from(DATES), st.sampled_from(["", "2025-05-05"]), st.sampled_from(["true", "false"])),
        min_size=1, max_size=8,
    )
)  # fmt: skip
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@pytest.mark.django_db
@pytest.mark.usefixtures("source")
def test_any_data_table_answers_alike_in_the_database(rows: list[tuple[str, ...]]):
    with versions.transaction.atomic():
        create_table()
        names = ["kode", "s1", "b1", "n3", "d1", "hari", "ya"]
        try:
            table = load_rows([dict(zip(names, (f"K{i}", *row), strict=True)) for i, row in enumerate(rows)], MIXED)
        except InvalidDataRows:
            assume(False)
        published(table)
        given_rows = [
            dict(zip(("s1", "b1", "n3", "d1"), row, strict=True))
            for row in product(
                ("a", "z", None), (True, None), (1, 2), (date(2025, 1, 31), date(2025, 2, 1), date(2025, 2, 2), None)
            )
        ]
        rule = as_expression("campuran", pada=PADA, s1="s1", b1="b1", n3="n3", d1="d1")
        wanted = [expected(lambda r=r: decide("campuran", pada=PADA, **r)) for r in given_rows]
        assert [
            p for p in zip(given_rows, answers(rule, given_rows), wanted, strict=True) if not same(p[1], p[2])
        ] == []
        versions.transaction.set_rollback(True)
    versions.forget()
