"""The HTTP push of common terminals (ZKTeco ADMS, "iclock"): reading what a machine sends, writing what it expects.

Pure text: no database, no clock. A machine speaks thus:

    GET  /iclock/cdata?SN=…&options=all&pushver=…    → options
    GET  /iclock/getrequest?SN=…                      → OK
    POST /iclock/cdata?SN=…&table=ATTLOG&Stamp=…      body: PIN ⇥ 2025-05-05 07:21:40 ⇥ status ⇥ verify ⇥ …  → OK: lines
    POST /iclock/cdata?SN=…&table=OPERLOG             → OK: lines
    POST /iclock/devicecmd?SN=…                       → OK

Machines have no time zone: their clock is local (Asia/Jakarta).
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from backend.core.periode import WIB

ATTLOG = "ATTLOG"
OK = "OK"
LARGEST = 4 * 1024 * 1024
PIN = re.compile(r"[0-9A-Za-z]{1,24}")
LENGTH = len("2025-05-05 07:21:40")
FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M")


@dataclass(frozen=True, slots=True)
class Line:
    """One attendance line."""

    pin: str
    ts: datetime
    line: str


@dataclass
class Attlog:
    """What a push held: taps, and lines that are none."""

    taps: list[Line] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


def read_attlog(body: bytes) -> Attlog:
    """Attendance lines of a push; empty lines are skipped, everything else is a tap or kept as bad."""
    found = Attlog()
    for line in _lines(body):
        tap = read_line(line)
        if tap is None:
            found.bad.append(line)
        else:
            found.taps.append(tap)
    return found


def read_line(line: str) -> Line | None:
    """`PIN ⇥ time ⇥ …` (some firmwares separate by blanks); None when it is no attendance line."""
    parts = line.split("\t")
    if len(parts) == 1:
        pieces = line.split()
        parts = [pieces[0], " ".join(pieces[1:3])] if len(pieces) >= 3 else pieces
    if len(parts) < 2 or not PIN.fullmatch(pin := parts[0].strip()):
        return None
    ts = read_time(parts[1].strip())
    return Line(pin, ts, line) if ts else None


def read_time(text: str) -> datetime | None:
    """A local time of a machine as a moment; None when it is none."""
    if len(text) == LENGTH and text[4] == "-":  # what nearly every line holds, read ten times as fast
        with suppress(ValueError):
            return datetime.fromisoformat(text).replace(tzinfo=WIB)
    for form in FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=WIB)
        except ValueError:
            continue
    return None


def lines_in(body: bytes) -> int:
    """How many lines a push holds."""
    return len(_lines(body))


def _lines(body: bytes) -> list[str]:
    text = body[:LARGEST].decode("utf-8", "replace").replace("\x00", "")
    return [line.strip("\r") for line in text.split("\n") if line.strip()]


def accepted(lines: int) -> str:
    """The answer to a push: so many lines were taken."""
    return f"{OK}: {lines}"


def options(serial: str, *, stamp: int) -> str:
    """The answer to the first request of a machine: send attendance at once, nothing else, from `stamp` (epoch) on."""
    return "\n".join(
        (
            f"GET OPTION FROM: {serial}",
            f"ATTLOGStamp={stamp}",
            "OPERLOGStamp=9999",
            "ATTPHOTOStamp=None",
            "ErrorDelay=30",
            "Delay=10",
            "TransTimes=00:00;14:05",
            "TransInterval=1",
            "TransFlag=TransData AttLog",
            "TimeZone=7",
            "Realtime=1",
            "Encrypt=None",
            "",
        )
    )
