from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.presensi import iclock
from tests.factories_presensi import saat

RECORDED = (
    b"1001\t2025-05-05 07:21:40\t0\t1\t0\t0\t0\r\n"
    b"1002\t2025-05-05 07:22:01\t255\t15\t0\t0\t0\r\n"
    b"1001 2025-05-05 16:04:10 1 1 0 0\n\n"
)


def test_a_recorded_push_is_read_in_local_time():
    found = iclock.read_attlog(RECORDED)
    assert [(tap.pin, tap.ts) for tap in found.taps] == [
        ("1001", saat("2025-05-05 07:21:40")), ("1002", saat("2025-05-05 07:22:01")), ("1001", saat("2025-05-05 16:04:10")),
    ]  # fmt: skip
    assert found.bad == []


def test_lines_that_are_no_taps_are_kept_as_they_are():
    found = iclock.read_attlog(b"x\ty\n=1+1\t2025-05-05 07:00:00\n5\n\x00\n")
    assert (found.taps, found.bad) == ([], ["x\ty", "=1+1\t2025-05-05 07:00:00", "5"])


def test_the_options_ask_for_attendance_only():
    text = iclock.options("SN1", stamp=17)
    assert text.startswith("GET OPTION FROM: SN1\nATTLOGStamp=17\n")
    assert "OPERLOGStamp=9999" in text


@given(st.binary(max_size=400))
def test_no_push_breaks_the_reader(body: bytes):
    found = iclock.read_attlog(body)
    assert len(found.taps) + len(found.bad) == iclock.lines_in(body)
