"""A table of any inputs, to hold the database's answer against `decide`'s."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models

from backend.core.errors import DomainError
from backend.rules.decide import Outcome
from backend.rules.errors import AmbiguousRule
from backend.rules.expressions import AMBIGUOUS, RuleExpression


class Baris(models.Model):
    """Columns of every type that a rule may read."""

    n1 = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    n2 = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    n3 = models.IntegerField(null=True)
    s1 = models.CharField(max_length=50, null=True)
    s2 = models.TextField(null=True)
    s3 = models.TextField(null=True)
    b1 = models.BooleanField(null=True)
    d1 = models.DateField(null=True)
    f1 = models.FloatField(null=True)
    w1 = models.DateTimeField(null=True)

    class Meta:
        apps = Apps()  # a registry of its own: no migration, no trace in other tests
        app_label = "uji"
        db_table = "uji_baris"

    def __str__(self) -> str:
        return str(self.pk)


def create_table() -> None:
    """Make the table inside the test's transaction."""
    columns = ", ".join(f"{field.column} {field.db_type(connection)}" for field in Baris._meta.fields[1:])
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE uji_baris (id bigserial PRIMARY KEY, {columns}) ON COMMIT DROP")


def answers(rule: RuleExpression, rows: Iterable[Mapping[str, Any]]) -> list[tuple[dict[str, Any], str | None]]:
    """Outputs and rule that the database gives for rows of inputs, in their order."""
    Baris.objects.all().delete()
    Baris.objects.bulk_create([Baris(**row) for row in rows])
    names = {name: f"hasil_{number}" for number, name in enumerate(rule.outputs)}
    annotations = {names[name]: value for name, value in rule.outputs.items()}
    found = Baris.objects.annotate(**annotations, aturan=rule.rule).order_by("pk").values(*names.values(), "aturan")
    return [({name: row[alias] for name, alias in names.items()}, row["aturan"]) for row in found]


def expected(decide: Any) -> tuple[dict[str, Any] | None, str | None]:
    """What `answers` must say where `decide` gives this. None for outputs: they must all be null."""
    try:
        outcome: Outcome = decide()
    except AmbiguousRule:
        return None, AMBIGUOUS
    except DomainError:
        return None, None
    return dict(outcome), ";".join(outcome.rules)


def same(answer: tuple[dict[str, Any], str | None], wanted: tuple[dict[str, Any] | None, str | None]) -> bool:
    """Does the database agree?"""
    outputs, rule = answer
    if wanted[1] == AMBIGUOUS:
        return AMBIGUOUS in (rule or "") and all(value is None for value in outputs.values())
    if wanted[0] is None:
        return rule is None and all(value is None for value in outputs.values())
    return outputs == wanted[0] and rule == wanted[1]
