"""A small world for the engine: people, posts, steps and operators that write what happened into lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.accounts.models import User
from backend.workflow import definitions, engine, machine, rows, state, steps
from backend.workflow.models import ProcessDefinition, ProcessInstance, WorkItem

PROCESSES = Path(__file__).parent / "processes"


@dataclass
class Papan:
    """The directory of the small world: who holds which post and role."""

    posts: dict[Any, list[UUID]] = field(default_factory=dict)
    roles: dict[Any, list[tuple[str, UUID | None]]] = field(default_factory=dict)

    def posts_of(self, user: Any, at: datetime) -> list[UUID]:
        return self.posts.get(user.pk, [])

    def holders_of(self, posisi: UUID, at: datetime) -> list[Any]:
        return [pk for pk, posts in self.posts.items() if posisi in posts]

    def roles_of(self, user: Any, at: datetime) -> list[tuple[str, UUID | None]]:
        return self.roles.get(user.pk, [])


@dataclass
class Dunia:
    """Everything a test of the engine needs."""

    pengisi: User
    peninjau: User
    posisi: UUID
    papan: Papan
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    fail: set[str] = field(default_factory=set)

    def data(self, **more: Any) -> dict[str, Any]:
        return {"pengisi_id": str(self.pengisi.pk), "posisi": str(self.posisi), "kembali_ke": "", **more}

    def start(self, key: str, **kwargs: Any) -> ProcessInstance:
        data = self.data(**kwargs.pop("data", {}))
        return engine.start(key, actor=kwargs.pop("actor", self.pengisi), subject=("uji", "1"), data=data, **kwargs)

    def item(self, instance: ProcessInstance, step: str | None = None) -> WorkItem:
        found = WorkItem.objects.open().filter(instance=instance)
        return found.get(step=step) if step else found.get()

    def done(self, instance: ProcessInstance, step: str, actor: User | None = None, **form: Any) -> engine.Completed:
        actor = actor or (self.peninjau if step == "tinjau" else self.pengisi)
        return engine.complete(self.item(instance, step).pk, actor=actor, data=form)

    def open_steps(self, instance: ProcessInstance) -> list[str]:
        return sorted(WorkItem.objects.open().filter(instance=instance).values_list("step", flat=True))

    def workflow(self, instance: ProcessInstance) -> Any:
        instance.refresh_from_db()
        workflow = state.load(instance.state, definitions.parsed(instance.definition_id))
        machine.attach(workflow, machine.Run(None, instance.started_at, definitions.parsed(instance.definition_id)))
        return workflow

    def let_pass(self, instance: ProcessInstance, by: timedelta) -> None:
        """Time goes by for one instance: every waiting deadline moves back."""
        workflow = self.workflow(instance)
        machine.shift_timers(workflow, -by)
        ProcessInstance.objects.filter(pk=instance.pk).update(state=state.dump(workflow))
        locked = rows.lock(instance.pk)
        for timer in instance.timers.all():
            timer.due_at -= by
            timer.save()
        assert locked is not None


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> steps.Registry:
    """A registry of the test's own; the product's bindings come back afterwards."""
    own = steps.Registry()
    monkeypatch.setattr(steps, "registry", own)
    return own


@pytest.fixture
def dunia(db: None, registry: steps.Registry) -> Dunia:
    dunia = build_dunia()
    bind(dunia)
    return dunia


def build_dunia() -> Dunia:
    pengisi = User.objects.create_user(f"pengisi{uuid4().hex[:8]}", nama="Pengisi")
    peninjau = User.objects.create_user(f"peninjau{uuid4().hex[:8]}", nama="Peninjau")
    posisi = uuid4()
    return Dunia(pengisi, peninjau, posisi, Papan(posts={peninjau.pk: [posisi]}))


def bind(dunia: Dunia) -> None:
    """Steps, lanes and operators of the small world."""
    steps.set_directory(dunia.papan)
    for name in ("isi_satu", "isi_dua", "isi_tiga", "perbaiki", "terlambat", "baik", "lain"):
        steps.step(name)(_recorder(dunia, name))
    steps.step("tinjau")(_review(dunia))
    steps.lane("pengisi")(lambda *, ids: steps.Assignment(user=UUID(ids["pengisi_id"])))
    steps.lane("peninjau")(lambda *, ids: steps.Assignment(posisi=UUID(ids["posisi"])))
    steps.lane("peninjau_satu")(lambda *, ids: steps.Assignment(user=UUID(ids["peninjau_satu"])))
    _bind_operators(dunia)


def _recorder(dunia: Dunia, name: str) -> Callable[..., dict[str, Any]]:
    def run(*, actor: Any, ids: Any, form: Any) -> dict[str, Any]:
        dunia.calls.append((name, actor.pk, dict(form)))
        if name in dunia.fail:
            raise ZeroDivisionError(name)
        return {key: value for key, value in form.items() if key != "isi"}

    return run


def _review(dunia: Dunia) -> Callable[..., dict[str, Any]]:
    def run(*, actor: Any, ids: Any, form: Any) -> dict[str, Any]:
        dunia.calls.append(("tinjau", actor.pk, dict(form)))
        return {"kembali_ke": form.get("kembali_ke", "")}

    return run


def _bind_operators(dunia: Dunia) -> None:
    def kunci(*, ids: Any, params: Any, actor: Any) -> dict[str, Any]:
        dunia.calls.append(("kunci", params))
        return {"terkunci": True}

    def ingatkan(*, ids: Any, params: Any, actor: Any) -> None:
        dunia.calls.append(("ingatkan", actor))

    def latar(*, ids: Any, params: Any, actor: Any) -> dict[str, Any]:
        dunia.calls.append(("latar", params["kunci_hasil"], actor.pk if actor else None))
        if "latar" in dunia.fail:
            raise ConnectionError("mitra tidak menjawab")
        return {f"hasil_{params['kunci_hasil']}": 1}

    def mungkin_gagal(*, ids: Any, params: Any, actor: Any) -> None:
        if "langsung" in dunia.fail:
            ProcessDefinition.objects.filter(key="galat").update(name="tidak boleh tersimpan")
            raise steps.ProcessError("tolak")

    def latar_gagal(*, ids: Any, params: Any, actor: Any) -> None:
        if "tolak_latar" in dunia.fail:
            raise steps.ProcessError("tolak")
        if "lain_latar" in dunia.fail:
            raise steps.ProcessError("lain", "Mitra menolak dengan alasan lain.")

    steps.operator("uji.kunci")(kunci)
    steps.operator("uji.ingatkan")(ingatkan)
    steps.operator("uji.latar", background=True)(latar)
    steps.operator("uji.mungkin_gagal")(mungkin_gagal)
    steps.operator("uji.latar_gagal", background=True)(latar_gagal)


def publish(*keys: str) -> None:
    """Publish fixtures under tests/workflow/processes."""
    for key in keys:
        files = {
            f"processes/{name}.bpmn": (PROCESSES / f"{name}.bpmn").read_text()
            for name in ("terpanggil",)
            if key == "pemanggil"
        }
        draft = definitions.save_draft((PROCESSES / f"{key}.bpmn").read_text(), files=files, by=None)
        definitions.publish(draft, by=None)
