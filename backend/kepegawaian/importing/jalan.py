"""One run of an import inside the caller's transaction. A dry run is the same run, rolled back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.db import IntegrityError, connection, models, transaction

from backend.accounts.models import User
from backend.core.errors import DomainError, InvalidFields
from backend.kepegawaian import errors, nip
from backend.kepegawaian.enums import JenisPenugasan, StatusRiwayat
from backend.kepegawaian.importing.buku import PEGAWAI, POSISI, RIWAYAT, UNIT, Baris, Buku, judul
from backend.kepegawaian.models import Jabatan, Pegawai, Posisi, RiwayatJabatan, Unor
from backend.kepegawaian.services.dasar import chain
from backend.platform import audit
from backend.platform.lembar import Galat as Kesalahan

Kunci = tuple[str, str]  # kode of the unit, name of the jabatan
BATCH = 1000
SEHARI = timedelta(days=1)


@dataclass
class Hasil:
    """Counts per sheet (`baru`, `berubah`, `tetap`), errors, and notes that stop nothing but should be read."""

    jumlah: dict[str, Counter[str]] = field(default_factory=dict)
    kesalahan: list[Kesalahan] = field(default_factory=list)
    catatan: list[Kesalahan] = field(default_factory=list)


@dataclass
class _Tulisan:
    """A row to be written: the line of the workbook, the object, and what changed (empty: it is new)."""

    baris: Baris
    objek: Any
    berubah: dict[str, list[Any]] = field(default_factory=dict)
    baru: bool = True


class Jalan:
    """Writes a workbook sheet by sheet; after a sheet with errors, the following ones are not tried."""

    def __init__(self, buku: Buku, *, oleh: User | None, sumber: str) -> None:
        self.buku, self.oleh, self.sumber = buku, oleh, sumber
        self.hasil = Hasil()
        self.unor = {unor.kode: unor for unor in Unor.objects.select_related("induk")}
        self.posisi: dict[Kunci, Posisi] = {}
        self.pegawai: dict[str, Pegawai] = {}

    def run(self) -> Hasil:
        for sheet in (self.tulis_unit, self.tulis_posisi, self.tulis_pegawai, self.tulis_riwayat):
            sheet()
            if self.hasil.kesalahan:
                break
        return self.hasil

    # --- Sheets ---

    def tulis_unit(self) -> None:
        rows = self._unique(UNIT, lambda isi: isi["kode"])
        known = set(self.unor) | {baris.isi["kode"] for baris in rows}
        for baris in rows:
            if (induk := baris.isi["induk"]) and induk not in known:
                self._wrong(baris, "induk", f"Unit {induk} tidak ada, di sini maupun di basis data.")
        ordered = self._parents_first(
            rows, key=lambda isi: isi["kode"], parent=lambda isi: isi["induk"], column="induk"
        )
        writes = []
        for baris in ordered if not self.hasil.kesalahan else ():
            induk = self.unor[baris.isi["induk"]] if baris.isi["induk"] else None
            kode = baris.isi["kode"]
            tulisan = self._upsert(baris, self.unor.get(kode), Unor, {**baris.isi, "induk": induk})
            self.unor[kode] = tulisan.objek
            writes.append(tulisan)
        self._write(UNIT, writes)

    def tulis_posisi(self) -> None:
        self.posisi = {
            (p.unor.kode, p.jabatan.nama): p
            for p in Posisi.objects.filter(is_delete=False).select_related("unor", "jabatan", "atasan")
        }
        rows = self._unique(POSISI, _kunci)
        known = set(self.posisi) | {_kunci(baris.isi) for baris in rows}
        for baris in rows:
            self._check_unit(baris)
            self._check_atasan(baris, known)
        ordered = self._parents_first(rows, key=_kunci, parent=_kunci_atasan, column="atasan_unit")
        jabatan = self._jabatan(ordered) if not self.hasil.kesalahan else {}
        writes = []
        for baris in ordered if not self.hasil.kesalahan else ():
            isi = baris.isi
            fields = {name: isi[name] for name in ("eselon", "kelas", "jumlah_kebutuhan", "is_pimpinan", "puncak")}
            atasan = self.posisi[key] if (key := _kunci_atasan(isi)) else None
            fields |= {
                "unor": self.unor[isi["unor"]],
                "jabatan": jabatan[isi["jabatan"], isi["jenis"]],
                "atasan": atasan,
            }
            tulisan = self._upsert(baris, self.posisi.get(_kunci(isi)), Posisi, fields)
            self.posisi[_kunci(isi)] = tulisan.objek
            writes.append(tulisan)
        self._write(POSISI, writes)

    def tulis_pegawai(self) -> None:
        rows = self._unique(PEGAWAI, lambda isi: isi["nip"])
        wanted = {baris.isi["nip"] for baris in (*rows, *self.buku.baris.get(RIWAYAT, ()))}
        self.pegawai = {orang.nip: orang for orang in Pegawai.objects.filter(nip__in=wanted).select_related("user")}
        writes = []
        for baris in rows:
            isi = baris.isi
            hasil = nip.check(
                isi["nip"], **{name: isi[name] for name in ("status_asn", "tanggal_lahir", "tmt_cpns", "jenis_kelamin")}
            )
            for message in hasil.salah:
                self._wrong(baris, "nip", message)
            self.hasil.catatan += [Kesalahan(PEGAWAI, baris.nomor, "NIP", message) for message in hasil.peringatan]
            tulisan = self._upsert(baris, self.pegawai.get(isi["nip"]), Pegawai, isi)
            self.pegawai[isi["nip"]] = tulisan.objek
            writes.append(tulisan)
        if not self.hasil.kesalahan:
            self._write(PEGAWAI, writes)

    def tulis_riwayat(self) -> None:
        rows = self._unique(RIWAYAT, lambda isi: (isi["nip"], _kunci(isi), isi["jenis_penugasan"], isi["mulai"]))
        for baris in rows:
            if baris.isi["nip"] not in self.pegawai:
                self._wrong(baris, "nip", f"Pegawai dengan NIP {baris.isi['nip']} tidak ada.")
            if _kunci(baris.isi) not in self.posisi:
                self._wrong(baris, "jabatan", f"Posisi {baris.isi['jabatan']} pada unit {baris.isi['unor']} tidak ada.")
            self._check_atasan(baris, set(self.posisi))
        if self.hasil.kesalahan:
            return
        touched = [self.pegawai[baris.isi["nip"]].pk for baris in rows]
        existing = {
            (row.pegawai_id, row.posisi_id, row.jenis_penugasan, row.mulai): row
            for row in RiwayatJabatan.objects.filter(pegawai__in=touched, status=StatusRiwayat.AKTIF).select_related(
                "pegawai", "posisi", "atasan"
            )
        }
        writes = [self._riwayat(baris, existing) for baris in rows]
        closed = self._close_open_rows(writes, list(existing.values()))
        self._write(RIWAYAT, [*closed, *writes])

    def _riwayat(self, baris: Baris, existing: dict[Any, RiwayatJabatan]) -> _Tulisan:
        isi = baris.isi
        pegawai, posisi = self.pegawai[isi["nip"]], self.posisi[_kunci(isi)]
        fields = {
            name: isi[name]
            for name in ("jenis_penugasan", "jenis_mutasi", "mulai", "sampai", "nomor_sk", "tanggal_sk", "substansi")
        }
        atasan = None
        if isi["jenis_penugasan"] == JenisPenugasan.D:
            atasan = self.posisi[key] if (key := _kunci_atasan(isi)) else posisi.atasan
        fields |= {
            "pegawai": pegawai,
            "posisi": posisi,
            "atasan": atasan,
            "tmt_jabatan": isi["tmt_jabatan"] or isi["mulai"],
        }
        found = existing.get((pegawai.pk, posisi.pk, isi["jenis_penugasan"], isi["mulai"]))
        return self._upsert(baris, found, RiwayatJabatan, fields)

    def _close_open_rows(self, writes: list[_Tulisan], stored: list[RiwayatJabatan]) -> list[_Tulisan]:
        """Of several open definitive rows the latest wins; the others end the day before the next, and are noted.

        Returns the stored rows that were closed by rows of the workbook, to be written first.
        """
        lines = {id(tulisan.objek): tulisan for tulisan in writes}
        people: dict[Any, list[RiwayatJabatan]] = {}
        for row in [*(t.objek for t in writes), *(row for row in stored if id(row) not in lines)]:
            if row.jenis_penugasan == JenisPenugasan.D and row.status == StatusRiwayat.AKTIF:
                people.setdefault(row.pegawai_id, []).append(row)
        closed = []
        for rows in people.values():
            rows.sort(key=lambda row: (row.mulai, row.tanggal_sk or row.mulai, str(row.pk)))
            for row, later in pairwise(rows):
                if row.sampai is not None:
                    continue
                self._close(row, later)
                if id(row) in lines:
                    message = f"Beberapa jabatan definitif terbuka; yang ini ditutup pada {row.sampai:%d-%m-%Y}. Periksa kembali."
                    self.hasil.catatan.append(Kesalahan(RIWAYAT, lines[id(row)].baris.nomor, "Sampai", message))
                else:
                    baris = lines[id(later)].baris if id(later) in lines else writes[0].baris
                    closed.append(_Tulisan(baris, row, {"sampai": [None, row.sampai]}, baru=False))
        return closed

    @staticmethod
    def _close(row: RiwayatJabatan, later: RiwayatJabatan) -> None:
        if later.mulai > row.mulai:
            row.sampai = later.mulai - SEHARI
        else:
            row.sampai, row.status = row.mulai, StatusRiwayat.NONAKTIF

    def _jabatan(self, rows: Sequence[Baris]) -> dict[Kunci, Jabatan]:
        """Titles by (name, kind); those that do not exist are made with the facts of their first row."""
        known = {
            (j.nama, j.jenis): j for j in Jabatan.objects.filter(nama__in={baris.isi["jabatan"] for baris in rows})
        }
        new = {}
        for baris in rows:
            key = (baris.isi["jabatan"], baris.isi["jenis"])
            if key not in known and key not in new:
                new[key] = Jabatan(
                    nama=key[0], jenis=key[1], **{n: baris.isi[n] for n in ("jenjang", "eselon", "kelas")}
                )
                self._check_title(baris)
        if not self.hasil.kesalahan:
            Jabatan.objects.bulk_create(new.values(), batch_size=BATCH)
        return known | new

    def _check_title(self, baris: Baris) -> None:
        if baris.isi["jenjang"] and baris.isi["jenis"] != "jf":
            self._wrong(baris, "jenjang", "Jenjang hanya untuk jabatan fungsional (jf).")
        if baris.isi["eselon"] and baris.isi["jenis"] not in ("jpt", "ja"):
            self._wrong(baris, "eselon", "Eselon hanya untuk jpt dan ja.")

    # --- Checks ---

    def _wrong(self, baris: Baris, nama: str, message: str) -> None:
        self.hasil.kesalahan.append(Kesalahan(baris.lembar, baris.nomor, judul(baris.lembar, nama), message))

    def _unique(self, lembar: str, key: Callable[[dict[str, Any]], Any]) -> list[Baris]:
        rows = self.buku.baris.get(lembar, [])
        seen: dict[Any, Baris] = {}
        for baris in rows:
            first = seen.setdefault(key(baris.isi), baris)
            if first is not baris:
                self.hasil.kesalahan.append(
                    Kesalahan(lembar, baris.nomor, "", f"Sama dengan baris {first.nomor}. Hapus salah satu.")
                )
        return rows

    def _check_unit(self, baris: Baris) -> None:
        if baris.isi["unor"] not in self.unor:
            self._wrong(baris, "unor", f"Unit {baris.isi['unor']} tidak ada.")

    def _check_atasan(self, baris: Baris, known: set[Kunci]) -> None:
        unit, jabatan = baris.isi["atasan_unit"], baris.isi["atasan_jabatan"]
        if bool(unit) != bool(jabatan):
            self._wrong(
                baris,
                "atasan_unit" if jabatan else "atasan_jabatan",
                "Isi kode unit dan jabatan atasan, atau kosongkan keduanya.",
            )
        elif unit and (unit, jabatan) not in known:
            self._wrong(baris, "atasan_jabatan", f"Posisi {jabatan} pada unit {unit} tidak ada.")

    def _parents_first(
        self, rows: Sequence[Baris], *, key: Callable[[dict[str, Any]], Any], parent: Callable[[dict[str, Any]], Any], column: str
    ) -> list[Baris]:  # fmt: skip
        """Rows ordered so that each follows the row it points to; rows in a circle are errors."""
        waiting = {key(baris.isi): baris for baris in rows}
        ordered: list[Baris] = []
        while ready := [k for k, baris in waiting.items() if parent(baris.isi) not in waiting]:
            ordered += [waiting.pop(k) for k in ready]
        for baris in waiting.values():
            self._wrong(baris, column, "Rantai ke atas membentuk lingkaran.")
        return ordered

    # --- Writing ---

    def _upsert(self, baris: Baris, found: Any, model: type[models.Model], fields: dict[str, Any]) -> _Tulisan:
        if found is None:
            return _Tulisan(baris, model(**fields))
        berubah = audit.changes({name: getattr(found, name) for name in fields}, fields)
        for name, value in fields.items():
            setattr(found, name, value)
        return _Tulisan(baris, found, berubah, baru=False)

    def _write(self, lembar: str, writes: list[_Tulisan]) -> None:
        new = [tulisan for tulisan in writes if tulisan.baru]
        changed = [tulisan for tulisan in writes if tulisan.berubah]
        named = Counter(id(t.baris) for t in writes)
        self.hasil.jumlah[lembar] = Counter(
            baru=len(new), berubah=len(changed), tetap=len(named) - len(new) - len(changed)
        )
        # A riwayat that ends makes room for a new one; a unit or post may move below a new one.
        steps = [(self._change, changed), (self._insert, new)]
        for write, rows in steps if lembar == RIWAYAT else reversed(steps):
            if rows and not self.hasil.kesalahan:
                write(rows)
        self._record([*changed, *new])

    def _change(self, writes: list[_Tulisan]) -> None:
        for tulisan in writes:
            self._one(tulisan, lambda objek: objek.save())

    def _insert(self, writes: list[_Tulisan]) -> None:
        try:
            with transaction.atomic():
                type(writes[0].objek)._default_manager.bulk_create(
                    [tulisan.objek for tulisan in writes], batch_size=BATCH
                )
        except IntegrityError:
            for tulisan in writes:  # one by one, to say which rows are refused and why
                self._one(tulisan, lambda objek: objek.save(force_insert=True))

    def _one(self, tulisan: _Tulisan, save: Callable[[Any], None]) -> None:
        try:
            with errors.in_words():
                save(tulisan.objek)
        except InvalidFields as refused:
            for nama, message in refused.errors.items():
                self._wrong(tulisan.baris, nama, message)
        except DomainError as refused:
            self._wrong(tulisan.baris, "", refused.message)
        except IntegrityError as error:
            self._wrong(tulisan.baris, "", f"Ditolak basis data ({errors.constraint(error)}). Hubungi admin sistem.")

    def _record(self, writes: Iterable[_Tulisan]) -> None:
        rows = []
        for tulisan in writes:
            row = tulisan.objek
            subject = row.pegawai if isinstance(row, RiwayatJabatan) else row
            data: dict[str, Any] = {
                "sumber": self.sumber,
                "lembar": tulisan.baris.lembar,
                "baris": tulisan.baris.nomor,
                **tulisan.berubah,
            }
            if isinstance(row, RiwayatJabatan):
                data["riwayat"] = str(row.pk)
            rows.append(
                audit.row(chain(subject), "diimpor" if tulisan.baru else "diubah_impor", aktor=self.oleh, data=data)
            )
        with connection.cursor() as cursor:
            cursor.executemany(audit.rows_sql, rows)


def _kunci(isi: dict[str, Any]) -> Kunci:
    return isi["unor"], isi["jabatan"]


def _kunci_atasan(isi: dict[str, Any]) -> Kunci | None:
    return (isi["atasan_unit"], isi["atasan_jabatan"]) if isi["atasan_unit"] else None
