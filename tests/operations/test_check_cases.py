from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

GOLDEN = Path(__file__).parents[1] / "golden" / "golden_presensi.json"
pytestmark = pytest.mark.django_db


def run(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str], str]:
    """Exit status, lines of output, errors."""
    try:
        call_command("check_cases", str(path))
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    out = capsys.readouterr()
    return code, out.out.splitlines(), out.err


def changed(tmp_path: Path, change: Any) -> Path:
    data = json.loads(GOLDEN.read_text())
    change(data)
    path = tmp_path / "kasus.json"
    path.write_text(json.dumps(data))
    return path


def test_every_attendance_case_is_equal_through_both_calculations(capsys):
    code, lines, _ = run(GOLDEN, capsys)
    assert (code, len(lines), lines[-1]) == (0, 17, "16 of 16 cases equal")


def test_a_difference_names_the_step_and_ends_with_1(tmp_path, capsys):
    def wrong(data: Any) -> None:
        data["kasus"][2]["harapan"]["persen"] = "1"

    code, lines, _ = run(changed(tmp_path, wrong), capsys)
    assert code == 1
    assert lines[2].endswith("berbeda – persen: harapan 1, hasil 0.5")
    assert lines[-1] == "15 of 16 cases equal"


def masukan(data: Any, **values: Any) -> None:
    data["kasus"] = data["kasus"][:1]
    data["kasus"][0]["masukan"] |= values


UNSEEN = {
    "a claimed time replaces its side and is judged like a tap": (
        {"koreksi": [{"jenis": "LUPA_PULANG", "jam": "15:00", "sisi": None, "status": "DISETUJUI"}]},
        {"pulang": "2025-05-05T15:00", "menit_pulang_cepat": 60, "kode": ["PSW2"], "persen": "1"},
    ),
    "a correction that waits has no effect": (
        {"koreksi": [{"jenis": "LUPA_PULANG", "jam": "15:00", "sisi": None, "status": "DIAJUKAN"}]},
        {"pulang": "2025-05-05T16:04", "kode": [], "persen": "0"},
    ),
    "a broken machine waives a missing side": (
        {"tap": [], "koreksi": [{"jenis": "GANGGUAN_MESIN", "jam": None, "sisi": "KEDUA", "status": "DISETUJUI"}]},
        {"status": "HADIR", "masuk": None, "pulang": None, "menit_telat": 0, "kode": [], "penanda": [], "persen": "0"},
    ),
    "sickness without a letter is ignored": (
        {"tap": [], "sakit": {"bersurat": False, "hari_ke": 1}},
        {"status": "TK", "masuk": None, "pulang": None, "menit_telat": None, "kode": ["TK"], "persen": "3"},
    ),
    "the third sick day costs nothing": (
        {"tanggal": "2025-05-07", "tap": [], "sakit": {"bersurat": True, "hari_ke": 3}},
        {"status": "SAKIT", "masuk": None, "pulang": None, "menit_telat": None, "kode": [], "persen": "0"},
    ),
    "a sick day that no rows can tell is asked of the single-day function": (
        {"tanggal": "2025-05-02", "tap": [], "sakit": {"bersurat": True, "hari_ke": 5}},
        {
            "status": "SAKIT",
            "masuk": None,
            "pulang": None,
            "menit_telat": None,
            "kode": ["SAKIT_LANJUT"],
            "persen": "1",
        },
    ),
    "a day that is not over is BELUM": (
        {"tap": [], "dihitung_pada": "2025-05-05T12:00:00+07:00"},
        {"status": "BELUM", "masuk": None, "pulang": None, "menit_telat": None, "kode": [], "persen": "0"},
    ),
    "a shift employee without a roster row is TANPA_JADWAL": (
        {"pegawai_shift": True, "pola": None, "roster": {}},
        {"status": "TANPA_JADWAL", "masuk": None, "pulang": None, "menit_telat": None, "kode": [], "persen": "0"},
    ),
    "apel in Ramadan is waived": (
        {"kalender": {"2025-05-05": {"ramadan": True, "apel": "SENIN"}}, "apel_hadir": False},
        {"status": "HADIR", "kode": [], "persen": "0"},
    ),
    "an upacara in Ramadan is not": (
        {"kalender": {"2025-05-05": {"ramadan": True, "apel": "UPACARA"}}, "apel_hadir": False},
        {"status": "HADIR", "kode": ["UPACARA"], "persen": "2"},
    ),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_unseen_cases_run(name: str, tmp_path, capsys):
    facts, expected = UNSEEN[name]

    def change(data: Any) -> None:
        masukan(data, **facts)
        same = {"menit_pulang_cepat"} - expected.keys()
        data["kasus"][0]["harapan"] = {
            **{key: value for key, value in data["kasus"][0]["harapan"].items() if key not in same}, **expected,
        }  # fmt: skip

    code, lines, _ = run(changed(tmp_path, change), capsys)
    assert (code, lines[-1]) == (0, "1 of 1 cases equal"), lines


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "bukan JSON"),
        ("[1, 2]", "satu objek JSON"),
        ('{"kasus": []}', "kosong"),
        ('{"kasus": [{"id": "X", "masukan": {"a": 1}, "harapan": {}}]}', "tidak dikenali"),
        ('{"kasus": [{"id": "X", "masukan": {"tanggal": "kemarin", "tap": []}, "harapan": {}}]}', "kasus X"),
        ('{"kasus": [{"id": "X", "masukan": {"tanggal": "2025-05-05", "tap": []}, "harapan": {}}]}', "dihitung_pada"),
        ('{"kasus": [{"masukan": {"tanggal": "2025-05-05", "tap": []}}]}', "tidak memuat"),
        ('{"kasus": [{"id": 3, "masukan": {"tanggal": NaN, "tap": []}, "harapan": {}}]}', "bukan JSON"),
    ],
)
def test_a_malformed_file_is_named_not_traced(content: str, says: str, tmp_path, capsys):
    path = tmp_path / "kasus.json"
    path.write_text(content)
    code, lines, error = run(path, capsys)
    assert (code, lines) == (1, [])
    assert says in error
    assert "Traceback" not in error


def test_a_missing_file_is_named(tmp_path, capsys):
    code, _, error = run(tmp_path / "tidak-ada.json", capsys)
    assert code == 1
    assert "tidak dapat dibuka" in error


def test_the_check_leaves_no_rows(capsys):
    from backend.presensi.models import HadirHarian, TapMentah

    run(GOLDEN, capsys)
    assert not HadirHarian.objects.exists()
    assert not TapMentah.objects.exists()
