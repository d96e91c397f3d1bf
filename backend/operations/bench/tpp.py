"""TPP of the city: facts, rules, trace and storing, against one person after the other with SpiffWorkflow's DMN engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.parser.DMNParser import DMNParser

from backend.core.memori import tanpa_pengumpul
from backend.kepegawaian.models import Pegawai
from backend.kepegawaian.queries import jabatan_pada
from backend.kinerja.models import LaporanPeriode
from backend.operations import demo
from backend.operations.bench.report import Row, seconds
from backend.operations.bench.web import LOAD_SECONDS, Request, measure, session
from backend.presensi.models import RekapBulan
from backend.rules import versions
from backend.rules.datatable import DataTable, Interval
from backend.rules.model import Model
from backend.rules.models import RuleVersion
from backend.rules.table import DecisionTable
from backend.tpp import enums
from backend.tpp.aturan import Aturan, Jawaban
from backend.tpp.beku import cairkan
from backend.tpp.calculations import hitung
from backend.tpp.fakta import Orang, kumpulkan
from backend.tpp.models import Gaji, Hasil, HasilKriteria, Jejak, Periode, ProfilBayar
from backend.tpp.services import simulasi
from backend.tpp.services.hitung import aturan_bulan, hitung_orang, hitung_periode, lingkup
from backend.tpp.services.simpan import Dihitung, Ditahan, simpan_hasil

SEED, ROUNDS, SAMPLE, BANYAK = 2025, 3, 40, 100_000
RATE, ORANG = 20, 100
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
Log = Callable[[str], Any]
Tanya = tuple[str, Mapping[str, Any]]
Mesin = Callable[[Mapping[str, Any]], Any]


def run(*, pegawai: int, log: Log) -> list[Row]:
    """Computing and storing a month of the whole city, and a what-if over a locked one."""
    if not Periode.objects.exists():
        log(f"  mengisi kota peraga dengan {pegawai} pegawai")
        demo.seed(pegawai=pegawai, seed=SEED, now=timezone.localtime())
    bulan = Periode.objects.exclude(status__in=enums.TERKUNCI).latest("bulan").bulan
    Periode.objects.filter(bulan=bulan).update(status=enums.StatusPeriode.DIBUKA)
    periode = list(Periode.objects.filter(bulan=bulan))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    log("  menghitung dan menyimpan satu bulan")
    kota = min(seconds(lambda: hitung_periode(periode, oleh=None)) for _ in range(ROUNDS))
    orang = Hasil.objects.filter(periode__bulan=bulan).count()
    log(f"  pembanding, {SAMPLE} pegawai satu per satu")
    satu = _satu_per_satu(periode) * orang
    jejak = Jejak.objects.filter(periode__in=periode).count()
    rows = [
        Row("tpp", f"TPP {orang} pegawai, dihitung dengan {jejak} baris jejak dan disimpan", kota, "s", "≤ 3; ≥ 50×", satu,
            satu / kota, f"pembanding: DMN SpiffWorkflow dan ORM per pegawai, dari {SAMPLE} pegawai"),
    ]  # fmt: skip
    log(f"  halaman TPP saya, {RATE} permintaan per detik selama {LOAD_SECONDS} detik")
    rows += measure(_requests(), bagian="tpp", rate=RATE)
    log("  simulasi satu bulan terkunci")
    rows += _simulasi()
    log(f"  {BANYAK:,} pegawai")
    return [*rows, _banyak(periode)]


def _requests() -> list[Request]:
    """*TPP saya* of many people who have a result."""
    pegawai = Pegawai.objects.filter(pk__in=Hasil.objects.values("pegawai"), user__is_active=True).order_by("pk")
    orang = pegawai.select_related("user")[:ORANG]
    return [("halaman TPP saya", reverse("tpp"), session(satu.user)) for satu in orang if satu.user]


def _banyak(periode: Sequence[Periode]) -> Row:
    """The people of the city again and again in months of their own, until there are 100,000 results with their trace."""
    aturan = aturan_bulan(periode[0])
    orang = kumpulkan(lingkup(periode), aturan)
    kali = -(-BANYAK // max(1, len(orang)))
    lama = []
    for nomor in range(kali):
        bulan = date(2030 + nomor // 12, nomor % 12 + 1, 1)
        baru = Periode.objects.bulk_create(
            Periode(opd_id=satu.opd_id, bulan=bulan, bulan_bayar=bulan, aliran=satu.aliran) for satu in periode
        )
        lama.append(seconds(lambda baru=baru: _satu_bulan(baru, orang, aturan)))  # type: ignore[misc]
    tiga = min(3, len(lama))
    awal, akhir = sum(lama[:tiga]) / tiga, sum(lama[-tiga:]) / tiga
    return Row(
        "tpp", f"{kali * len(orang):,} hasil dihitung dan disimpan", sum(lama), "s", "±25 % dari 6.000", awal * kali, akhir / awal,
        "rasio: bulan-bulan terakhir terhadap yang pertama",
    )  # fmt: skip


def _satu_bulan(periode: Sequence[Periode], orang: Sequence[Orang], aturan: Aturan) -> None:
    """Compute everybody and store it in these periods, in one transaction."""
    menurut: dict[Any, tuple[Periode, list[Dihitung], list[Ditahan]]] = {
        satu.opd_id: (satu, [], []) for satu in periode
    }
    with transaction.atomic(), tanpa_pengumpul():
        for siapa in orang:
            _, hasil = hitung_orang(siapa, aturan)
            menurut[siapa.baris.opd][1].extend(hasil.values())
        simpan_hasil(list(menurut.values()))


def _simulasi() -> list[Row]:
    """A draft in which a day without notice costs one more percent, over the last locked month."""
    terkunci = Periode.objects.terkunci().order_by("-bulan").first()
    if terkunci is None:
        return []
    asal: RuleVersion = RuleVersion.objects.of("absen_potongan")[0]
    awal = asal.xml.index('<rule id="AP-TK">')
    akhir = asal.xml.index("</rule>", awal)
    xml = asal.xml[:awal] + asal.xml[awal:akhir].replace("<text>3</text>", "<text>4</text>") + asal.xml[akhir:]
    draf = versions.save_draft("absen_potongan", xml=xml, dasar_hukum="Pengukuran", berlaku_mulai=date(2099, 1, 1))
    found: list[Any] = []
    lama = seconds(lambda: found.append(simulasi.jalankan([draf], bulan=[terkunci.bulan], oleh=None)))
    hasil = found[0].hasil
    return [
        Row(
            "tpp",
            f"simulasi draf atas {hasil['dihitung']} pegawai, {hasil['berubah']} berubah",
            lama,
            "s",
            "hitungan detik",
        )
    ]


# --- The baseline ------------------------------------------------------------------------------------------------------


class _Perekam(Aturan):
    """Rules that write down each question as a naive calculation asks it: every time anew."""

    def __init__(self, pada: date) -> None:
        super().__init__(pada)
        self.tanya_semua: list[Tanya] = []

    def tanya(self, tabel: str, /, **fakta: Any) -> Jawaban:
        self.tanya_semua.append((tabel, fakta))
        return super().tanya(tabel, **fakta)

    def ter(self, kategori: str, bruto: Any) -> Jawaban:
        self.tanya_semua.append(("pph_ter", {"kategori": kategori, "bruto": bruto}))
        return super().ter(kategori, bruto)


def _satu_per_satu(periode: Sequence[Periode]) -> float:
    """Seconds a person: his facts by the ORM, each decision by SpiffWorkflow's DMN engine, each row saved by itself."""
    contoh = list(Hasil.objects.filter(periode__in=periode).order_by("nip")[:SAMPLE])
    aturan = _Perekam(aturan_bulan(periode[0]).pada)
    mesin: dict[str, Mesin] = {}
    semua = []
    for hasil in contoh:
        aturan.tanya_semua = []
        dihitung = hitung(cairkan(hasil.fakta), aturan)
        semua.append((hasil, dihitung, list(aturan.tanya_semua)))
    for tabel in {nama for _, _, tanya in semua for nama, _ in tanya}:
        mesin[tabel] = _mesin(tabel, aturan._isi[tabel][0])
    with transaction.atomic():
        lama = seconds(lambda: _semua(semua, mesin))
        transaction.set_rollback(True)
    return lama / len(semua)


def _semua(semua: Sequence[tuple[Hasil, Any, Sequence[Tanya]]], mesin: Mapping[str, Mesin]) -> None:
    for hasil, _, tanya in semua:
        _satu(hasil, tanya, mesin)


def _satu(hasil: Hasil, tanya: Sequence[Tanya], mesin: Mapping[str, Mesin]) -> None:
    pegawai, bulan = hasil.pegawai, hasil.periode.bulan
    jabatan_pada(pegawai, bulan)
    ProfilBayar.objects.get(pegawai=pegawai)
    Gaji.objects.get(pegawai=pegawai, bulan=bulan)
    RekapBulan.objects.get(pegawai=pegawai, bulan=bulan)
    LaporanPeriode.objects.select_related("pks").filter(pegawai=pegawai, periode__mulai=bulan).first()
    for tabel, fakta in tanya:
        mesin[tabel](fakta)
    kriteria, jejak = list(hasil.kriteria.all()), list(hasil.jejak.all())
    Hasil.objects.filter(pk=hasil.pk).update(pagu=hasil.pagu)
    for satu in kriteria:
        HasilKriteria.objects.filter(pk=satu.pk).update(pagu=satu.pagu)
    for baris in jejak:
        baris.pk = None
        baris.save(force_insert=True)


def _mesin(nama: str, isi: Model | DataTable) -> Mesin:
    """SpiffWorkflow's engine for one of our tables."""
    xml = _data(isi) if isinstance(isi, DataTable) else _dmn(isi, nama)
    root = etree.fromstring(xml.encode())
    parser = DMNParser(None, root, {"dmn": DMN})
    parser.parse()
    engine = DMNEngine(parser.decision.decisionTables[0])
    workflow = SimpleNamespace(script_engine=PythonScriptEngine())
    return lambda fakta: engine.result(SimpleNamespace(data=dict(fakta), workflow=workflow))


def _dmn(model: Model, nama: str) -> str:
    table = model.decision(nama).table
    assert isinstance(table, DecisionTable)  # noqa: S101 every table of TPP is one
    masukan = [_python(column.text) for column in table.inputs]
    rows = [
        ([_sel(cell.text) for cell in rule.cells], [_python(entry.text) for entry in rule.entries])
        for rule in table.rules
    ]
    return _xml(masukan, [output.name or "hasil" for output in table.outputs], rows, table.hit_policy)


def _data(table: DataTable) -> str:
    definition = table.definition
    rows = []
    for row in table.rows:
        sel = [
            _rentang(row.rentang) if c.cocok == "range" else _nilai(row.sel[c.nama], c.tipe) for c in definition.masukan
        ]
        rows.append((sel, [str(row.nilai[column.nama]) for column in definition.keluaran]))
    return _xml([c.nama for c in definition.masukan], [c.nama for c in definition.keluaran], rows, "UNIQUE")


def _nilai(teks: str, tipe: str) -> str:
    return "" if teks == "-" else f'"{teks}"' if tipe == "string" else teks


def _rentang(interval: Interval) -> str:
    if interval.high is None:
        return f"> {interval.low}"
    return f"{interval.low} {'<=' if interval.low_included else '<'} ? <= {interval.high}"


def _sel(teks: str) -> str:
    """A FEEL cell in the Python that SpiffWorkflow's cells are written in."""
    if teks == "-":
        return ""
    if found := re.fullmatch(r"([\[(])(.+)\.\.(.+)([\])])", teks):
        return f"{found[2]} {'<=' if found[1] == '[' else '<'} ? {'<=' if found[4] == ']' else '<'} {found[3]}"
    if teks.startswith("not("):
        return f"? not in ({_python(teks[4:-1])},)"
    return f"? in ({_python(teks)},)" if "," in teks else _python(teks)


def _python(teks: str) -> str:
    for feel, python in (("null", "None"), ("true", "True"), ("false", "False")):
        teks = re.sub(rf"(?<!\w){feel}(?!\w)", python, teks)
    return teks.replace(" = ", " == ")


def _xml(
    masukan: Sequence[str], keluaran: Sequence[str], rows: Sequence[tuple[list[str], list[str]]], policy: str
) -> str:
    columns = "".join(
        f'<input id="i{n}" label="{n}"><inputExpression id="e{n}" expressionLanguage="python"><text>{escape(teks)}</text>'
        f"</inputExpression></input>"
        for n, teks in enumerate(masukan)
    )
    outputs = "".join(
        f'<output id="o{n}" label="{nama}" name="{nama}" typeRef="number"/>' for n, nama in enumerate(keluaran)
    )
    rules = "".join(
        f'<rule id="R{n}">'
        + "".join(f'<inputEntry id="m{n}_{i}"><text>{escape(teks)}</text></inputEntry>' for i, teks in enumerate(sel))
        + "".join(
            f'<outputEntry id="k{n}_{i}"><text>{escape(teks)}</text></outputEntry>' for i, teks in enumerate(hasil)
        )
        + "</rule>"
        for n, (sel, hasil) in enumerate(rows)
    )
    return (
        f'<definitions xmlns="{DMN}" id="d" name="bench" namespace="urn:mskp:bench"><decision id="bench" name="bench">'
        f'<decisionTable id="t" hitPolicy="{policy}">{columns}{outputs}{rules}</decisionTable></decision></definitions>'
    )
