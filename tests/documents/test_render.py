"""Letters: hostile templates cannot run anything, values print as they are, the shipped templates are whole."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from docx import Document

from backend.documents import render
from backend.documents.layout import LAYOUTS
from backend.documents.render import TemplateBroken, TemplateMissing

PAYLOADS = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ [].__class__.__base__.__subclasses__() }}",
    "{{ ().__class__.__bases__[0] }}",
    "{{ x.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ lipsum.__globals__.__builtins__ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context.cycler.__init__.__globals__ }}",
    "{{ x|attr('__class__') }}",
    "{{ x['__class__'] }}",
    "{{ x.format.__globals__ }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{{ (x|map(attribute='__class__')|list)[0].__mro__ }}",
    "{{ daftar.append(1) }}",
    "{{ kamus.update({'a': 1}) }}",
    "{{ belum_ada }}",
    "{% for i in range(10**9) %}{{ i }}{% endfor %}",
    "{% import 'os' as os %}",
    "{% include '/etc/passwd' %}",
)


def template(folder: Path, text: str, nama: str = "uji") -> None:
    document = Document()
    document.add_paragraph(text)
    (folder / "templates_docs").mkdir(exist_ok=True)
    document.save(str(folder / "templates_docs" / f"{nama}.docx"))


def text_of(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_template_is_refused_or_shows_nothing(tmp_path: Path, settings, payload: str):
    settings.BASE_DIR = tmp_path
    template(tmp_path, payload)
    printed = ""
    with contextlib.suppress(TemplateBroken):
        printed = text_of(render.render("uji", {"x": "nilai", "daftar": [1], "kamus": {"a": 2}}))
    assert not any(sign in printed for sign in ("<class", "<function", "module", "uid=", "root:"))


def test_a_template_that_never_ends_is_stopped(tmp_path: Path, settings, monkeypatch):
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(render, "SECONDS", 0.2)
    template(tmp_path, "{% for i in range(90000) %}{% for j in range(90000) %}{{ j }}{% endfor %}{% endfor %}")
    with pytest.raises(TemplateBroken, match="detik"):
        render.render("uji", {})
    template(tmp_path, "masih bekerja")
    monkeypatch.setattr(render, "SECONDS", 10)
    assert text_of(render.render("uji", {})) == "masih bekerja"


def test_a_template_that_fills_the_memory_is_stopped(tmp_path: Path, settings):
    settings.BASE_DIR = tmp_path
    template(tmp_path, "{{ 'x' * 2000000000 }}")
    with pytest.raises(TemplateBroken):
        render.render("uji", {})


@pytest.mark.parametrize("value", ["A & <B>", "</w:t>", "{{ 7 * 7 }}", "baris 1\nbaris 2", "“–” ± é"])
def test_a_value_prints_as_it_is_written(tmp_path: Path, settings, value: str):
    settings.BASE_DIR = tmp_path
    template(tmp_path, "isi: {{ isi }}")
    assert text_of(render.render("uji", {"isi": value})) == f"isi: {value}"


@pytest.mark.parametrize("value", [object(), lambda: None, open, {"dalam": [object()]}])
def test_only_plain_values_reach_a_template(tmp_path: Path, settings, value: object):
    settings.BASE_DIR = tmp_path
    template(tmp_path, "{{ isi }}")
    with pytest.raises(ValueError, match="plain"):
        render.render("uji", {"isi": value})


@pytest.mark.parametrize("nama", ["tidak_ada", "../rahasia", "a/b"])
def test_an_unknown_template_is_named(nama: str):
    with pytest.raises(TemplateMissing):
        render.render(nama, {})


def test_a_broken_file_is_refused(tmp_path: Path, settings):
    settings.BASE_DIR = tmp_path
    (tmp_path / "templates_docs").mkdir()
    (tmp_path / "templates_docs" / "uji.docx").write_bytes(b"bukan docx")
    with pytest.raises(TemplateBroken):
        render.render("uji", {})


@pytest.mark.parametrize("nama", LAYOUTS)
def test_the_shipped_template_is_what_its_layout_draws(nama: str):
    path = Path(settings.BASE_DIR) / "templates_docs" / f"{nama}.docx"
    drawn = LAYOUTS[nama]()
    assert parts(path.read_bytes()) == parts(drawn), "manage.py make_templates"


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}
