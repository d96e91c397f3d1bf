from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend.rules import cases, checks
from backend.rules.model import load
from tests.rules.dmn import decision, definitions, input_data, literal, table

TYPES = {"n": "number", "m": "number", "s": "string", "b": "boolean", "d": "date"}
ROOT = Path(__file__).parents[2]


def found(
    inputs: str,
    rules: list[list[str]],
    *,
    output: tuple[str, str, str] = ("hasil", "number", ""),
    allowed: str = "",
    **more: str,
) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(f.severity, f.code, f.rules) for f in findings(inputs, rules, output=output, allowed=allowed, **more)]


def findings(
    inputs: str,
    rules: list[list[str]],
    *,
    output: tuple[str, str, str] = ("hasil", "number", ""),
    allowed: str = "",
    **more: str,
) -> list[checks.Finding]:
    body = table([(name, TYPES[name]) for name in inputs], [output], rules, **more)
    if allowed:
        body = body.replace(
            "</inputExpression>", f"</inputExpression><inputValues><text>{allowed}</text></inputValues>", 1
        )
    data = [input_data(name, TYPES[name]) for name in inputs]
    return checks.check(load(definitions(*data, decision("uji", body, needs=[f"in_{name}" for name in inputs]))))


def texts(*args, **kwargs) -> str:
    return " ".join(finding.text for finding in findings(*args, **kwargs))


def test_a_sound_table_has_no_finding():
    assert findings("n", [["< 90", "1"], ["[90..100]", "2"], ["> 100", "3"]]) == []


def test_a_gap_is_shown_with_an_example_on_the_boundary():
    assert found("n", [["< 90", "1"], ["> 90", "2"]]) == [("error", "gap", ())]
    assert "n = 90" in texts("n", [["< 90", "1"], ["> 90", "2"]])
    assert "n = 0" in texts("n", [["[1..5]", "1"], ["> 5", "2"]])
    assert "n = 89.5" in texts("n", [["<= 89", "1"], [">= 90", "2"]])


def test_an_overlap_names_both_rules_and_an_example():
    assert found("n", [["<= 90", "1"], [">= 90", "2"]]) == [("error", "overlap", (1, 2))]
    assert "Aturan 1 (R1) dan 2 (R2) bertumpang tindih, misalnya pada n = 90" in texts(
        "n", [["<= 90", "1"], [">= 90", "2"]]
    )


def test_gaps_and_overlaps_are_found_across_columns():
    rules = [["< 10", "true", "1"], [">= 10", "true", "2"], ["< 5", "false", "3"]]
    assert "n = 5, b = false" in texts("nb", rules)
    assert found("nb", [*rules, ["-", "false", "4"]]) == [("error", "overlap", (3, 4))]


def test_dates_are_whole_days():
    assert findings("d", [['<= date("2025-01-31")', "1"], ['>= date("2025-02-01")', "2"]]) == []
    assert "d = 2025-02-01" in texts("d", [['<= date("2025-01-31")', "1"], ['> date("2025-02-01")', "2"]])


def test_text_without_allowed_values_only_warns():
    assert found("s", [['"a"', "1"], ['"b"', "2"]]) == [("warning", "gap", ())]
    assert found("s", [['"a"', "1"]], allowed='"a", "b"') == [("error", "gap", ())]
    assert findings("s", [['"a"', "1"], ['not("a")', "2"]]) == []


def test_a_missing_value_counts_where_a_cell_speaks_of_it():
    assert findings("n", [["< 0", "1"], [">= 0", "2"]]) == []
    assert found("nm", [["null", "> 0", "1"], ["< 0", "-", "2"], [">= 0", "-", "3"]]) == [("error", "gap", ())]


def test_a_default_or_a_collection_has_no_gap():
    assert findings("n", [["> 5", "1"]], default="0") == []
    assert findings("n", [["> 5", "1"], ["> 8", "2"]], hit="COLLECT", aggregation="SUM") == []


def test_any_may_overlap_with_the_same_result_only():
    assert findings("n", [["<= 9", "1"], [">= 5", "1"]], hit="ANY") == []
    assert found("n", [["<= 9", "1"], [">= 5", "2"]], hit="ANY") == [("error", "overlap", (1, 2))]


def test_a_rule_that_never_speaks_is_found():
    assert found("n", [["< 5", "1"], ["-", "2"], ["> 7", "3"]], hit="FIRST") == [("error", "unreachable", (3,))]
    assert ("error", "unreachable", (2,)) in found("s", [['"a"', "1"], ['"z"', "2"]], allowed='"a"')
    assert ("error", "empty_range", (1,)) in found("n", [["[10..5]", "1"]])


def test_a_column_that_decides_nothing_is_found():
    assert found("nm", [["< 5", "-", "1"], [">= 5", "-", "2"]]) == [("warning", "unused_column", ())]


def test_wrong_types_are_found():
    assert found("n", [['"lima"', "1"]])[0] == ("error", "wrong_type", (1,))
    assert ("error", "wrong_type", (1,)) in found("n", [["-", '"satu"']])
    assert ("error", "not_allowed", (1,)) in found("s", [["-", '"c"']], output=("hasil", "string", '"a", "b"'))


def test_unknown_names_are_found_but_not_those_that_a_text_binds():
    assert found("n", [["> batas", "1"], ["<= batas", "2"]])[0] == ("error", "unknown_name", (1,))
    assert "unknown_name" in {code for _, code, _ in found("n", [["-", "m + 1"]])}
    clean = found("n", [["? > 0 and some x in [1, 2] satisfies x = ?", "sum(for i in 1..3 return i * n)"]])
    assert "unknown_name" not in {code for _, code, _ in clean}


def test_a_cell_that_cannot_be_read_is_an_error_with_its_place():
    finding = findings("n", [["> 5", "1"], ["5..", "2"]])[0]
    assert (finding.severity, finding.code, finding.rules) == ("error", "invalid_cell", (2,))


def test_a_column_with_expressions_is_said_not_to_be_checked():
    assert ("info", "not_analysed", ()) in found("nm", [["> m", "-", "1"], ["<= m", "-", "2"]])


def test_what_is_needed_but_not_used_and_what_is_not_there():
    model = load(
        definitions(input_data("a"), input_data("b"), decision("uji", literal("a"), needs=["in_a", "in_hilang"]))
    )
    assert [(f.severity, f.code) for f in checks.check(model, main="lain")] == [
        ("error", "missing_decision"), ("error", "unknown_requirement"), ("warning", "unused_input"), ("warning", "unused_input"),
    ]  # fmt: skip


def test_decisions_that_need_each_other_are_found():
    one, other = decision("satu", literal("dua"), needs=["dua"]), decision("dua", literal("satu"), needs=["satu"])
    assert {finding.code for finding in checks.check(load(definitions(one, other)))} == {"cycle"}


def test_a_rule_code_is_used_once_in_a_file():
    parts = [
        decision(name, table([("n", "number")], [("x", "number", "")], [["-", "1"]]), needs=["in_n"])
        for name in ("a", "b")
    ]
    assert "duplicate_rule_id" in {
        finding.code for finding in checks.check(load(definitions(input_data("n", "number"), *parts)))
    }


def test_a_very_wide_table_is_given_up_on_in_time():
    names = [f"n{number}" for number in range(24)]
    body = table(
        [(name, "number") for name in names],
        [("x", "number", "")],
        [["-" if i != j else f"> {i}" for i in range(24)] + ["1"] for j in range(24)],
        hit="ANY",
    )
    model = load(
        definitions(
            *(input_data(name, "number") for name in names),
            decision("uji", body, needs=[f"in_{name}" for name in names]),
        )
    )
    assert {finding.code for finding in checks.check(model)} <= {"gap", "too_large"}


# --- Examples ----------------------------------------------------------------------------------------------------------


def run(text: str) -> list[tuple[str, str]]:
    body = table([("n", "number")], [("hasil", "string", "")], [["< 5", '"kecil"'], ["> 5", '"besar"']])
    model = load(definitions(input_data("n", "number"), decision("uji", body, needs=["in_n"])))
    return [(finding.severity, finding.text) for finding in cases.run(model, "uji", text)]


def test_examples_that_hold_give_no_finding():
    assert run("n,hasil,aturan,galat\n1,kecil,R1,\n9.0,besar,,\n5,,,no_rule_matched\n") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n,hasil\n1,besar\n9,besar\n", "Contoh baris 2: hasil seharusnya besar, tetapi hasilnya kecil."),
        ("n,hasil,aturan\n1,kecil,R2\n9,besar,R2\n", "aturan seharusnya R2, tetapi yang berbicara R1"),
        ("n,hasil,galat\n1,kecil,\n9,,no_rule_matched\n", "seharusnya galat no_rule_matched"),
        ("n,hasil\n5,kecil\n", "tidak mempunyai aturan"),
        ("n,hasil\nx,kecil\n", "seharusnya angka"),
        ("n,warna\n1,merah\n", 'tidak ada hasil bernama "warna"'),
        ("hasil\nkecil\n", "masukan n belum ada"),
        ("n\n1\n", "tidak ada kolom hasil"),
        ("n,hasil\n1\n", "banyaknya sel"),
        ("", "Belum ada contoh"),
    ],
)
def test_examples_that_fail_say_what_was_expected(text: str, message: str):
    assert any(severity == "error" and message in said for severity, said in run(text))


def test_a_rule_without_an_example_is_a_warning():
    assert run("n,hasil\n1,kecil\n") == [("warning", "Aturan 2 (R2) belum mempunyai contoh.")]


def check_rules(*files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check_rules", *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_ends_with_1_on_errors_and_needs_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://tidak:ada@127.0.0.1:1/tidak_ada")
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    bad = tmp_path / "uji.dmn"
    bad.write_bytes(
        definitions(
            input_data("n", "number"),
            decision("uji", table([("n", "number")], [("x", "number", "")], [["> 5", "1"]]), needs=["in_n"]),
        )
    )
    answer = check_rules(bad)
    assert (answer.returncode, answer.stderr) == (1, "")
    assert "GALAT [uji] Tidak ada aturan untuk n = 5" in answer.stdout
    assert check_rules().returncode == 0
