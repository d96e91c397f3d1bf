"""The rule evaluator against SpiffWorkflow's DMN engine: the same 25 rules, one decision and 100,000 rows at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from django.apps.registry import Apps
from django.db import connection, models
from django.db.models import Count, Sum
from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.parser.DMNParser import DMNParser

from backend.operations.bench.report import Row, seconds
from backend.rules import decide
from backend.rules.expressions import expression_in
from backend.rules.model import Model, load

KODE = ("TL", "PSW", "TK", "APEL", "SAKIT")
BATAS = (0, 30, 60, 90)  # minutes; five intervals for each of the five codes are 25 rules
ROWS, CALLS, SPIFF_CALLS, ROUNDS = 100_000, 20_000, 300, 3
PADA = date(2025, 4, 30)
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
Log = Callable[[str], Any]


class Kejadian(models.Model):
    """The rows that the table is applied to."""

    kode = models.CharField(max_length=10)
    menit = models.DecimalField(max_digits=8, decimal_places=2)

    objects: ClassVar[models.Manager[Kejadian]] = models.Manager()

    class Meta:
        apps = Apps()  # a registry of its own: this table belongs to the measurement only
        app_label = "bench"
        db_table = "bench_kejadian"

    def __str__(self) -> str:
        return f"{self.kode} {self.menit}"


def run(*, pegawai: int, log: Log) -> list[Row]:
    """decide() and as_expression() for a table of 25 rules. `pegawai` does not matter here."""
    model, spiff = load(_xml(_intervals(), "FEEL").encode()), _spiff_engine()
    log("  decide(), satu per satu")
    own, other = _one_by_one(model, spiff)
    log(f"  as_expression(), {ROWS:,} baris")
    whole = _at_once(model)
    return [
        Row("aturan", "decide(), 25 aturan", own * 1e6, "µs", "≤ 5", other * 1e6, other / own, "pembanding: DMN SpiffWorkflow"),
        Row("aturan", f"as_expression(), {ROWS:,} baris, 25 aturan", whole, "s", "≤ 0,3", other * ROWS, other * ROWS / whole,
            f"pembanding: DMN SpiffWorkflow, dari {SPIFF_CALLS} keputusan"),
    ]  # fmt: skip


def _one_by_one(model: Model, spiff: Callable[[str, Decimal], Any]) -> tuple[float, float]:
    """Best seconds for one decision: ours and SpiffWorkflow's, in turns."""
    questions = [(KODE[number % 5], Decimal(number * 7 % 130)) for number in range(CALLS)]
    before = decide.use_source(SimpleNamespace(find=lambda _decision, _pada: (model, "bench")))
    try:
        for kode, menit in questions[:50]:
            if str(decide.decide("bench", pada=PADA, kode=kode, menit=menit)["persen"]) != str(spiff(kode, menit)):
                raise AssertionError(f"jawaban berbeda untuk {kode}, {menit}")
        own, other = [], []
        for _ in range(ROUNDS):
            own.append(
                seconds(lambda: [decide.decide("bench", pada=PADA, kode=k, menit=m) for k, m in questions]) / CALLS
            )
            other.append(seconds(lambda: [spiff(k, m) for k, m in questions[:SPIFF_CALLS]]) / SPIFF_CALLS)
    finally:
        decide.use_source(before)
    return min(own), min(other)


def _at_once(model: Model) -> float:
    """Best seconds for the whole table applied to every row, outputs and rule, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_kejadian")
        cursor.execute(
            "CREATE UNLOGGED TABLE bench_kejadian (id bigint PRIMARY KEY, kode varchar(10) NOT NULL, menit numeric(8, 2) NOT NULL)"
        )
        cursor.execute(
            "INSERT INTO bench_kejadian SELECT n, (%s::text[])[1 + n %% 5], n * 7 %% 13000 / 100.0 FROM generate_series(1, %s) AS n",
            [list(KODE), ROWS],
        )
        cursor.execute("ANALYZE bench_kejadian")
    rule = expression_in(model, "bench", kode="kode", menit="menit")
    rows = Kejadian.objects.annotate(**rule.annotations())
    times = [seconds(lambda: rows.aggregate(jumlah=Sum("persen"), berlaku=Count("aturan"))) for _ in range(ROUNDS + 1)]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_kejadian")
    return min(times)


# --- The table, in both dialects -------------------------------------------------------------------------------------


def _intervals() -> list[str]:
    return [
        f"<= {BATAS[0]}",
        *(f"({low}..{high}]" for low, high in pairwise(BATAS)),
        f"> {BATAS[-1]}",
    ]


def _python_intervals() -> list[str]:
    """The same in the Python that SpiffWorkflow's cells are written in."""
    return [
        f"<= {BATAS[0]}",
        *(f"{low} < ? <= {high}" for low, high in pairwise(BATAS)),
        f"> {BATAS[-1]}",
    ]


def _xml(intervals: list[str], dialect: str) -> str:
    def cell(tag: str, text: str, key: str) -> str:
        return f'<{tag} id="{key}"><text>{escape(text)}</text></{tag}>'

    rows = [(kode, interval, place) for kode in KODE for place, interval in enumerate(intervals)]
    rules = "".join(
        f'<rule id="R{n}">{cell("inputEntry", chr(34) + kode + chr(34), f"k{n}")}{cell("inputEntry", interval, f"m{n}")}'
        f"{cell('outputEntry', str(place + 1), f'o{n}')}</rule>"
        for n, (kode, interval, place) in enumerate(rows, 1)
    )
    data = "".join(
        f'<inputData id="in_{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'
        for name, kind in (("kode", "string"), ("menit", "number"))
    )
    columns = "".join(
        f'<input id="i_{name}" label="{name}"><inputExpression id="e_{name}" typeRef="{kind}" expressionLanguage="{dialect}"><text>{name}</text></inputExpression></input>'
        for name, kind in (("kode", "string"), ("menit", "number"))
    )
    needs = "".join(
        f'<informationRequirement><requiredInput href="#in_{name}"/></informationRequirement>'
        for name in ("kode", "menit")
    )
    return (
        f'<definitions xmlns="{DMN}" id="d" name="bench" namespace="urn:mskp:bench">{data}'
        f'<decision id="bench" name="bench">{needs}<decisionTable id="t" hitPolicy="UNIQUE">{columns}'
        f'<output id="o" label="persen" name="persen" typeRef="number"/>{rules}</decisionTable></decision></definitions>'
    )


def _spiff_engine() -> Callable[[str, Decimal], Any]:
    """SpiffWorkflow's engine for the same table: (kode, menit) → persen."""
    root = etree.fromstring(_xml(_python_intervals(), "python").encode())
    parser = DMNParser(None, root, {"dmn": DMN})
    parser.parse()
    engine = DMNEngine(parser.decision.decisionTables[0])
    workflow = SimpleNamespace(script_engine=PythonScriptEngine())

    def ask(kode: str, menit: Decimal) -> Any:
        return engine.result(SimpleNamespace(data={"kode": kode, "menit": menit}, workflow=workflow))["persen"]

    return ask
