from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.errors import DomainError
from backend.rules import decide, wire
from backend.rules.errors import InvalidCell, InvalidModel
from backend.rules.feel.budget import limited
from backend.rules.feel.builtins import clock_functions
from backend.rules.model import Evaluation, Model, load


class Command(BaseCommand):
    """Evaluate a DMN file: inputs as a JSON object on stdin, the answer as JSON on stdout. No database."""

    help = (
        "Menghitung aturan DMN: masukan JSON lewat stdin, jawaban JSON pada stdout; galat: satu baris JSON pada stderr."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--decision", help="nama atau id keputusan; tanpa ini semua keputusan dihitung")
        parser.add_argument(
            "--batch", action="store_true", help="satu objek JSON per baris masukan, satu jawaban per baris"
        )
        parser.add_argument(
            "--strict", action="store_true", help="seperti aturan produk: tanpa aturan atau ganda adalah galat"
        )

    def handle(self, *, file: Path, decision: str | None, batch: bool, strict: bool, **_options: Any) -> None:
        try:
            question = Question(_read(file), decision, strict=strict)
            if not batch:
                self.stdout.write(question.answer(sys.stdin.read() or "{}"))
                return
        except DomainError as error:
            print(_problem(error), file=sys.stderr)
            sys.exit(1)
        for line in sys.stdin:
            self.stdout.write(_answered(question, line))


def _read(file: Path) -> Model:
    try:
        return load(file.read_bytes())
    except OSError as error:
        raise InvalidModel(sebab=f"{file} tidak dapat dibuka ({error.strerror})") from None


def _problem(error: DomainError) -> str:
    return wire.write(_problem_of(error))


def _problem_of(error: DomainError) -> dict[str, str]:
    return {"code": error.code, "message": error.message}


def _answered(question: Question, line: str) -> str:
    try:
        return question.answer(line)
    except DomainError as error:
        return f'{{"error": {_problem(error)}}}'


def _written(answer: dict[str, Any]) -> str:
    """JSON of an answer; a value nested deeper than Python can walk ends in TooMuchWork."""
    with limited():
        return wire.write(answer)


class Question:
    """One decision (or all) of a model, asked again and again."""

    def __init__(self, model: Model, name: str | None, *, strict: bool) -> None:
        self.model, self.strict = model, strict
        self.name = None if name is None else " ".join(name.split())
        if self.name is not None and self.name not in model.callables():
            model.decision(self.name)

    def answer(self, line: str) -> str:
        """JSON answer to a JSON question. Raises a DomainError."""
        given = wire.read_inputs(line)
        if self.name is None:
            return self._all(given)
        value, matched = self._one(self.name, given)
        unread = [_problem_of(problem) for problem in self._unread(self.name)]
        return _written({"result": value, "matched": matched, **({"warnings": unread} if unread else {})})

    def _unread(self, name: str) -> list[DomainError]:
        """Why a decision is null though nothing is wrong with its inputs: texts that cannot be read."""
        return self.model.unread(self.model.callables().get(name) or self.model.decision(name).id)

    def _one(self, name: str, given: dict[str, Any]) -> tuple[Any, list[str]]:
        if self.strict:
            outcome = decide.strict(self.model, name).decide(given, "")
            outputs = dict(outcome)
            return (outputs if len(outputs) > 1 else next(iter(outputs.values()))), list(outcome.rules)
        evaluation = Evaluation(self.model, given, dict(clock_functions(timezone.localtime())))
        if broken := next((problem for problem in self._unread(name) if isinstance(problem, InvalidCell)), None):
            raise broken
        if name in self.model.callables():
            return evaluation.call(name, given), []
        result = evaluation.decide(self.model.decision(name))
        return result.value, result.matched

    def _all(self, given: dict[str, Any]) -> str:
        results: dict[str, Any] = {}
        matched: dict[str, list[str]] = {}
        errors: dict[str, Any] = {}
        for decision in self.model.decisions.values():
            results[decision.name] = None
            try:
                results[decision.name], found = self._one(decision.id, given)
            except DomainError as error:
                errors[decision.name] = _problem_of(error)
            else:
                if decision.table:
                    matched[decision.name] = found
                if unread := self._unread(decision.id):
                    errors[decision.name] = _problem_of(unread[0])
        return _written({"results": results, "matched": matched, **({"errors": errors} if errors else {})})
