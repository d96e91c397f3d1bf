"""Dates, times and durations of FEEL.

Python's own types end at year 9999 and at microseconds; FEEL does not, so these are values of our own. All are
immutable, hashable and ordered only against what the standard lets them be compared with.
"""

from __future__ import annotations

import datetime as python
import re
from calendar import monthrange
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

MAX_YEAR = 999_999_999
MAX_SECONDS = 10**20
MAX_MONTHS = 10**18
NANOS = 1_000_000_000
DAY_SECONDS = 86_400

_DATE = re.compile(r"(-?)(\d{4}|[1-9]\d{4,8})-(\d{2})-(\d{2})\Z", re.ASCII)
_TIME = re.compile(
    r"(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,30}))?(Z|z|[+-]\d{2}:\d{2}(?::\d{2})?|@[A-Za-z0-9_+\-/]+)?\Z", re.ASCII
)
_DAYS = re.compile(
    r"(-)?P(?:(\d{1,20})D)?(?:T(?:(\d{1,20})H)?(?:(\d{1,20})M)?(?:(\d{1,20})(?:\.(\d{0,20}))?S)?)?\Z", re.ASCII
)
_MONTHS = re.compile(r"(-)?P(?:(\d{1,20})Y)?(?:(\d{1,20})M)?\Z", re.ASCII)


def _days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def _civil_from_days(days: int) -> tuple[int, int, int]:
    days += 719_468
    era = days // 146_097
    day_of_era = days - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def days_in_month(year: int, month: int) -> int:
    """Days of a month of any year."""
    return monthrange(2000 + year % 400, month)[1]


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A calendar date, year −999999999 to 999999999."""

    year: int
    month: int
    day: int

    @classmethod
    def of(cls, year: int, month: int, day: int) -> Date | None:
        """The date, or None when there is no such day."""
        if abs(year) > MAX_YEAR or not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
            return None
        return cls(year, month, day)

    @classmethod
    def parse(cls, text: str) -> Date | None:
        """`2025-01-31`; None when it is not a date."""
        match = _DATE.match(text)
        if match is None:
            return None
        sign, year, month, day = match.groups()
        return cls.of(int(sign + year), int(month), int(day))

    @classmethod
    def from_days(cls, days: int) -> Date | None:
        return cls.of(*_civil_from_days(days))

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        return _days_from_civil(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """1 (Monday) to 7 (Sunday)."""
        return (self.days + 3) % 7 + 1

    def plus_months(self, months: int) -> Date | None:
        """The same day of a later month, or that month's last day."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Date.of(year, month + 1, min(self.day, days_in_month(year, month + 1)))

    def __str__(self) -> str:
        return f"{'-' if self.year < 0 else ''}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day; `offset` in seconds or a `zone` name, or neither (local)."""

    hour: int
    minute: int
    second: int
    nano: int = 0
    offset: int | None = None
    zone: str | None = None

    @classmethod
    def of(
        cls, hour: int, minute: int, second: int, nano: int = 0, offset: int | None = None, zone: str | None = None
    ) -> Time | None:
        """The time, or None when a part is out of range or the zone is unknown."""
        if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59 and 0 <= nano < NANOS):
            return None
        if (offset is not None and abs(offset) > 18 * 3600) or (zone is not None and zone not in _zones()):
            return None
        return cls(hour, minute, second, nano, offset, zone)

    @classmethod
    def parse(cls, text: str) -> Time | None:
        """`07:30:00`, with an optional fraction and `Z`, `+07:00` or `@Asia/Jakarta`; `T` may stand before it."""
        match = _TIME.match(text.removeprefix("T"))
        if match is None:
            return None
        hour, minute, second, fraction, where = match.groups()
        nano = int((fraction or "0")[:9].ljust(9, "0"))
        offset, zone = parse_where(where)
        return cls.of(int(hour), int(minute), int(second), nano, offset, zone)

    @property
    def seconds(self) -> Decimal:
        """Seconds since midnight, local."""
        return Decimal(self.hour * 3600 + self.minute * 60 + self.second) + Decimal(self.nano).scaleb(-9)

    @property
    def local(self) -> bool:
        return self.offset is None and self.zone is None

    def utc_offset(self, day: Date | None = None) -> int | None:
        """Seconds east of UTC; a zone needs the day, without one it is read on 1970-01-01. None when local."""
        if self.zone is None:
            return self.offset
        year = min(max(day.year, 1), 9998) if day else 1970
        moment = python.datetime(
            year,
            day.month if day else 1,
            day.day if day else 1,
            self.hour,
            self.minute,
            self.second,
            tzinfo=ZoneInfo(self.zone),
        )
        offset = moment.utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0

    def key(self) -> Decimal:
        """For comparison: UTC seconds when it has an offset, else local seconds."""
        return self.seconds - (self.utc_offset() or 0)

    def __str__(self) -> str:
        fraction = f".{self.nano:09d}".rstrip("0") if self.nano else ""
        return f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}{fraction}{format_where(self.offset, self.zone)}"


def parse_where(text: str | None) -> tuple[int | None, str | None]:
    """Offset and zone behind a time: `Z`, `+07:00`, `@Asia/Jakarta`."""
    if text is None:
        return None, None
    if text in "Zz":
        return 0, None
    if text.startswith("@"):
        return None, text[1:]
    parts = [int(part) for part in text[1:].split(":")]
    seconds = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    return (-seconds if text[0] == "-" else seconds), None


def format_where(offset: int | None, zone: str | None) -> str:
    """`@zone`, `Z`, `+07:00`, or nothing."""
    if zone is not None:
        return f"@{zone}"
    if offset is None:
        return ""
    if offset == 0:
        return "Z"
    minutes, seconds = divmod(abs(offset), 60)
    tail = f":{seconds:02d}" if seconds else ""
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}{tail}"


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date with a time of day."""

    date: Date
    time: Time

    @classmethod
    def parse(cls, text: str) -> DateTime | None:
        """`2025-01-31T07:30:00+07:00`; a date alone is midnight; 24:00:00 is the next midnight."""
        day_text, _, time_text = text.partition("T")
        day = Date.parse(day_text)
        if day is None:
            return None
        if "T" not in text:
            return cls(day, Time(0, 0, 0))
        if time_text.startswith("24:00:00"):
            midnight, following = Time.parse("00" + time_text[2:]), Date.from_days(day.days + 1)
            return cls(following, midnight) if midnight and following and not midnight.nano else None
        time = Time.parse(time_text)
        return cls(day, time) if time else None

    def offset(self) -> int | None:
        return self.time.utc_offset(self.date)

    def key(self) -> Decimal:
        """For comparison: UTC seconds since 1970 when it has an offset, else local ones."""
        return Decimal(self.date.days * DAY_SECONDS) + self.time.seconds - (self.offset() or 0)

    def plus_seconds(self, seconds: Decimal) -> DateTime | None:
        days, rest = divmod(self.time.seconds + seconds, DAY_SECONDS)
        if rest < 0:
            days, rest = days - 1, rest + DAY_SECONDS
        day = Date.from_days(self.date.days + int(days))
        return DateTime(day, clock(rest, self.time)) if day else None

    def plus_months(self, months: int) -> DateTime | None:
        day = self.date.plus_months(months)
        return DateTime(day, self.time) if day else None

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


def clock(seconds: Decimal, like: Time) -> Time:
    """A time of day from seconds since midnight (any sign), with the offset or zone of `like`."""
    seconds %= DAY_SECONDS
    if seconds < 0:
        seconds += DAY_SECONDS
    whole = int(seconds)
    nano = int((seconds - whole).scaleb(9))
    return Time(whole // 3600, whole // 60 % 60, whole % 60, nano, like.offset, like.zone)


@dataclass(frozen=True, slots=True, order=True)
class DaysDuration:
    """Days and time duration, in seconds."""

    seconds: Decimal

    @classmethod
    def of(cls, seconds: Decimal) -> DaysDuration | None:
        """The duration, or None when it is longer than any calendar."""
        return cls(seconds) if abs(seconds) <= MAX_SECONDS else None

    @classmethod
    def parse(cls, text: str) -> DaysDuration | None:
        """`P1DT2H3M4.5S`; None when it is not such a duration."""
        match = _DAYS.match(text)
        if match is None or not any(match.groups()[1:]) or text.endswith("T"):
            return None
        sign, days, hours, minutes, seconds, fraction = match.groups()
        total = Decimal(
            int(days or 0) * DAY_SECONDS + int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
        )
        total += Decimal(f"0.{fraction}") if fraction else 0
        return cls.of(-total if sign else total)

    def parts(self) -> tuple[int, int, int, Decimal]:
        """Days, hours, minutes, seconds; all carry the sign."""
        sign = -1 if self.seconds < 0 else 1
        minutes, seconds = divmod(abs(self.seconds), 60)
        days, rest = divmod(int(minutes), 1440)
        return sign * days, sign * (rest // 60), sign * (rest % 60), sign * seconds

    def __str__(self) -> str:
        days, hours, minutes, seconds = DaysDuration(abs(self.seconds)).parts()
        text = f"{days}D" if days else ""
        clock_text = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if seconds:
            clock_text += f"{seconds.normalize():f}S"
        if clock_text:
            text += f"T{clock_text}"
        return f"{'-' if self.seconds < 0 else ''}P{text or 'T0S'}"


@dataclass(frozen=True, slots=True, order=True)
class MonthsDuration:
    """Years and months duration, in months."""

    months: int

    @classmethod
    def of(cls, months: int) -> MonthsDuration | None:
        """The duration, or None when it is longer than any calendar."""
        return cls(months) if abs(months) <= MAX_MONTHS else None

    @classmethod
    def parse(cls, text: str) -> MonthsDuration | None:
        """`P1Y2M`; None when it is not such a duration."""
        match = _MONTHS.match(text)
        if match is None or not any(match.groups()[1:]):
            return None
        sign, years, months = match.groups()
        total = int(years or 0) * 12 + int(months or 0)
        return cls.of(-total if sign else total)

    def parts(self) -> tuple[int, int]:
        """Years and months; both carry the sign."""
        years, months = divmod(abs(self.months), 12)
        return (-years, -months) if self.months < 0 else (years, months)

    def __str__(self) -> str:
        years, months = (abs(part) for part in self.parts())
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return f"{'-' if self.months < 0 else ''}P{text or '0M'}"


Temporal = Date | Time | DateTime | DaysDuration | MonthsDuration


def parse_duration(text: str) -> DaysDuration | MonthsDuration | None:
    """Either kind of duration."""
    return MonthsDuration.parse(text) or DaysDuration.parse(text)


def parse_temporal(text: str) -> Temporal | None:
    """What stands in an `@"…"` literal."""
    if text.lstrip("-").startswith("P"):
        return parse_duration(text)
    if "T" in text and not text.startswith("T"):
        return DateTime.parse(text)
    return Date.parse(text) or Time.parse(text)


def from_python(value: python.datetime | python.date | python.timedelta) -> Temporal:
    """Python's date, datetime or python.timedelta as a FEEL value."""
    if isinstance(value, python.timedelta):
        return DaysDuration(Decimal(value.days * DAY_SECONDS + value.seconds) + Decimal(value.microseconds).scaleb(-6))
    day = Date(value.year, value.month, value.day)
    if not isinstance(value, python.datetime):
        return day
    offset = value.utcoffset()
    seconds = None if offset is None else int(offset.total_seconds())
    return DateTime(day, Time(value.hour, value.minute, value.second, value.microsecond * 1000, seconds))


def to_python(value: Date) -> python.date:
    """A FEEL date as Python's; raises ValueError outside the years 1–9999."""
    return python.date(value.year, value.month, value.day)
