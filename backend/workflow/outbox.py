"""The engine's messages in the outbox: operators to run, messages to deliver, people to tell."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from SpiffWorkflow.util.task import TaskState

from backend.platform import outbox
from backend.platform.models import OutboxMessage
from backend.workflow import definitions, engine, machine, state, steps
from backend.workflow.enums import IncidentKind
from backend.workflow.errors import UnboundOperator
from backend.workflow.models import Incident, ProcessInstance, WorkItem


def service_exhausted(message: OutboxMessage) -> None:
    """The last attempt failed: a person must look at it."""
    payload = message.payload
    if ProcessInstance.objects.filter(pk=payload["instance"]).exists():
        Incident.objects.create(
            instance_id=payload["instance"],
            kind=IncidentKind.SERVICE,
            step=payload["step"],
            attempts=message.attempts,
            message=f"Layanan {payload['operator']} gagal: {message.error.strip().splitlines()[-1][:500]}",
            trace=message.error,
            command={
                "op": "service",
                "instance": payload["instance"],
                "task": payload["task"],
                "step": payload["step"],
            },
        )


@outbox.handler("workflow.service", on_exhausted=service_exhausted)
def run_service(message: OutboxMessage) -> None:
    """Run a background operator and bring its result back, in the transaction that marks the message as done.

    What it writes to the database happens once; what it does elsewhere must bear repetition (`params["kunci"]` is
    the same in each attempt).
    """
    payload = message.payload
    instance_id, task_id = UUID(payload["instance"]), UUID(payload["task"])
    ids = _waiting_ids(instance_id, task_id)
    if ids is None:
        return
    operator = steps.registry.operators.get(payload["operator"])
    if operator is None:
        raise UnboundOperator(operator=payload["operator"])
    actor = _user(payload["actor"])
    try:
        with transaction.atomic():  # what it wrote before it failed must not stay
            updates = operator.run(ids=ids, params={**payload["params"], "kunci": payload["kunci"]}, actor=actor)
    except steps.ProcessError as error:
        if not engine.service_result(instance_id, task_id, actor=actor, error=error.kode):
            raise outbox.GiveUp(error.message) from error
        return
    engine.service_result(instance_id, task_id, actor=actor, updates=updates)


@outbox.handler("workflow.message")
def deliver_message(message: OutboxMessage) -> None:
    """Deliver a message that a process or step sent to others."""
    payload = message.payload
    engine.send(
        payload["message"],
        actor=_user(payload["actor"]),
        business_key=payload["business_key"],
        key=payload["key"],
        payload=payload["payload"],
    )


@outbox.handler("workflow.opened")
def tell_opened(message: OutboxMessage) -> None:
    """Tell the domain that a work item is open, if it still is."""
    item = WorkItem.objects.select_related("instance").filter(pk=message.payload["item"]).first()
    if item is not None and item.is_open and item.step in steps.registry.opened:
        steps.registry.opened[item.step](item=item)


def _waiting_ids(instance_id: UUID, task_id: UUID) -> Any:
    """Process data of a task that still waits for its operator; None when a move or a result came between."""
    instance = ProcessInstance.objects.filter(pk=instance_id).first()
    if instance is None:
        return None
    workflow = state.load(instance.state, definitions.parsed(instance.definition_id))
    task = machine.find(workflow, task_id)
    return machine.frozen(task.data) if task is not None and task._state == TaskState.STARTED else None


def _user(pk: str | None) -> Any:
    return get_user_model()._default_manager.filter(pk=pk).first() if pk else None
