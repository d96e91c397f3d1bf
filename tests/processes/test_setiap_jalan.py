"""Every path of the shipped processes of the monthly realisation, to every end event, and no state without a way out."""

from __future__ import annotations

import pytest

from backend.workflow import bpmn_xml, definitions, steps
from backend.workflow.parser import Parsed, parse_bpmn
from tests.processes.jelajah import FAR, Choices, Explored, World, explore

WAKTU = {"ingatkan_penilai_pada": FAR, "eskalasi_pada": FAR}
SETUJU = {"ada_perbaiki": False, "langkah_kembali": "", **WAKTU}


def kembali(*langkah: str) -> Choices:
    """What a review may return: approval, or a return to this step or one before it."""
    return [SETUJU, *({"ada_perbaiki": True, "langkah_kembali": each, **WAKTU} for each in langkah)]


REALISASI = World(
    steps={
        **{step: [{}] for step in ("isi_renaksi", "isi_skp", "isi_pks", "ringkasan")},
        "tinjau_renaksi": kembali("renaksi"),
        "tinjau_skp": kembali("renaksi", "skp"),
        "tinjau_pks": kembali("renaksi", "skp", "pks"),
    },
    operators={
        "kinerja.mulai_pemeriksaan": [
            {"penilai_ada": False, "langkah_periksa": ""},
            *({"penilai_ada": True, "langkah_periksa": langkah, **WAKTU} for langkah in ("renaksi", "skp", "pks")),
        ]
    },
)
DATA = {"langkah_kembali": "", "ingatkan_pada": FAR, "lewat_pada": FAR, "daftar_pada": FAR, **WAKTU}


def shipped(key: str) -> tuple[Parsed, bpmn_xml.Document]:
    text = (definitions.processes_dir() / f"{key}.bpmn").read_text(encoding="utf-8")
    return parse_bpmn(text, key=key), bpmn_xml.read(text)


def explored(key: str, world: World, registry: steps.Registry) -> tuple[Explored, bpmn_xml.Document]:
    parsed, document = shipped(key)
    background = {name for name in parsed.operators() if name == "kinerja.buat_dokumen"}
    for name in parsed.operators():
        steps.operator(name, background=name in background)(lambda **_: {})
    return explore(parsed, world, data=DATA), document


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> steps.Registry:
    own = steps.Registry()
    monkeypatch.setattr(steps, "registry", own)
    return own


@pytest.mark.parametrize(
    ("key", "world"), [("realisasi_bulanan", REALISASI), ("lengkapi_atasan", World({"lengkapi_penilai": [{}]}))]
)
def test_every_flow_and_every_end_is_reached_and_every_state_can_end(
    key: str, world: World, registry: steps.Registry
) -> None:
    found, document = explored(key, world, registry)
    ends = {node.id for node in document.nodes.values() if node.type == "endEvent"}
    assert set(document.flows) - found.flows == set()
    assert ends - found.passed == set()
    assert {node.id for node in document.nodes.values()} - found.passed == set()
    assert found.finished
    assert found.dead_ends() == set()
