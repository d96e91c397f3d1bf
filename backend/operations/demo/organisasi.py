"""Units, posts and people of a demo city: the real structure of a city government, generated people.

Below 1,500 people a complete subset of OPD is made (decision 34). Everything follows from the generator given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import transaction

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.kepegawaian.enums import JenisJabatan, JenisPenugasan, JenisUnor, KedudukanHukum
from backend.kepegawaian.models import (
    Jabatan,
    Kalender,
    Pegawai,
    PejabatNonASN,
    PeranUser,
    Posisi,
    RiwayatJabatan,
    Unor,
)
from backend.operations.demo.salin import hitung_ulang_statistik, salin_objek

SANDI = "kota-peraga-2025"
ORANG_PER_OPD = 40  # how many people make one more OPD worth while in a small city
BANYAK_ANAK = 12  # an OPD with more units below it does not fit a small city
STAF_INTI = 8  # staf that every OPD gets before the others are spread: its granted roles need people
DEPAN = [
    "Aditya",
    "Agus",
    "Ahmad",
    "Anisa",
    "Arif",
    "Ayu",
    "Bagas",
    "Bambang",
    "Bayu",
    "Budi",
    "Candra",
    "Citra",
    "Damar",
    "Dedi",
    "Dewi",
    "Dian",
    "Dimas",
    "Dwi",
    "Eka",
    "Endah",
    "Fajar",
    "Farida",
    "Fitri",
    "Galih",
    "Gilang",
    "Hana",
    "Hendra",
    "Indah",
    "Intan",
    "Irfan",
    "Joko",
    "Kartika",
    "Kirana",
    "Kusuma",
    "Laras",
    "Lestari",
    "Lintang",
    "Mahendra",
    "Maya",
    "Mega",
    "Nanda",
    "Nirmala",
    "Nugroho",
    "Nur",
    "Prasetya",
    "Putri",
    "Raka",
    "Rani",
    "Ratih",
    "Retno",
    "Rina",
    "Rizky",
    "Sari",
    "Sekar",
    "Siti",
    "Sri",
    "Surya",
    "Tirta",
    "Tri",
    "Utami",
    "Wahyu",
    "Wening",
    "Wulan",
    "Yoga",
    "Yuni",
]
BELAKANG = [
    "Adiguna",
    "Anggraini",
    "Arifin",
    "Astuti",
    "Cahyono",
    "Darmawan",
    "Firmansyah",
    "Gunawan",
    "Handayani",
    "Hartono",
    "Hidayat",
    "Irawan",
    "Kinasih",
    "Kurniawan",
    "Kusumawati",
    "Maharani",
    "Mahardika",
    "Mulyani",
    "Nugraha",
    "Nurhayati",
    "Permana",
    "Pradipta",
    "Prakosa",
    "Pramono",
    "Purnomo",
    "Puspita",
    "Rahayu",
    "Rahman",
    "Ramadhan",
    "Saputra",
    "Saraswati",
    "Sasmita",
    "Setiawan",
    "Setyowati",
    "Sulistyo",
    "Susanti",
    "Susilo",
    "Suryani",
    "Wahyuni",
    "Wardhani",
    "Wibisono",
    "Wibowo",
    "Widodo",
    "Wijaya",
    "Winata",
    "Wulandari",
    "Yulianto",
    "Yusuf",
]
GELAR = ("S.E.", "S.H.", "S.Kom.", "S.Pd.", "S.Sos.", "S.T.", "S.AP.", "A.Md.", "S.Kep.", "S.Si.")
GOLONGAN = (
    ("III/a", "Penata Muda"), ("III/b", "Penata Muda Tk. I"), ("III/c", "Penata"), ("III/d", "Penata Tk. I"),
    ("IV/a", "Pembina"), ("IV/b", "Pembina Tk. I"), ("IV/c", "Pembina Utama Muda"),
)  # fmt: skip
HARI_LIBUR = (
    (1, 1, "Tahun Baru Masehi"), (5, 1, "Hari Buruh Internasional"), (6, 1, "Hari Lahir Pancasila"),
    (8, 17, "Hari Kemerdekaan Republik Indonesia"), (12, 25, "Hari Raya Natal"),
)  # fmt: skip


@dataclass(frozen=True)
class Opd:
    """One OPD of the city: its share of the people and its units."""

    kode: str
    nama: str
    jenis: JenisUnor
    bobot: int
    bidang: tuple[str, ...]
    anak: tuple[tuple[str, JenisUnor], ...] = ()
    kepala: str = "Kepala"


def _dinas(kode: str, nama: str, *bidang: str, bobot: int = 3, jenis: JenisUnor = JenisUnor.DINAS) -> Opd:
    return Opd(kode, nama, jenis, bobot, bidang)


def _kecamatan(kode: str, nama: str, kelurahan: str) -> Opd:
    anak = tuple((f"Kelurahan {lurah}", JenisUnor.KELURAHAN) for lurah in kelurahan.split())
    return Opd(
        kode, f"Kecamatan {nama}", JenisUnor.KECAMATAN, 2, ("Seksi Pemerintahan", "Seksi Pelayanan Umum"), anak, "Camat"
    )


OPD: tuple[Opd, ...] = (
    _dinas("BKPSDM", "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia", "Bidang Mutasi", "Bidang Kinerja dan Disiplin", "Bidang Pengembangan Kompetensi", jenis=JenisUnor.BADAN),
    _dinas("DISKOMINFO", "Dinas Komunikasi dan Informatika", "Bidang Aplikasi Informatika", "Bidang Statistik dan Persandian", "Bidang Informasi Publik"),
    Opd("DINKES", "Dinas Kesehatan", JenisUnor.DINAS, 9, ("Bidang Pelayanan Kesehatan", "Bidang Kesehatan Masyarakat", "Bidang Pencegahan Penyakit"), tuple((f"Puskesmas {n}", JenisUnor.PUSKESMAS) for n in ("Utara", "Selatan", "Timur", "Barat", "Tengah", "Mekar"))),
    _kecamatan("KEC-TIMUR", "Timur", "Anggrek Bakung Cempaka Dahlia Edelweis Flamboyan Gardenia Hortensia Ixora"),
    Opd("SETDA", "Sekretariat Daerah", JenisUnor.SEKRETARIAT_DAERAH, 5, ("Bagian Pemerintahan", "Bagian Hukum", "Bagian Organisasi", "Bagian Umum", "Bagian Perekonomian"), kepala="Sekretaris Daerah"),
    Opd("DISDIKBUD", "Dinas Pendidikan dan Kebudayaan", JenisUnor.DINAS, 18, ("Bidang Pembinaan SD", "Bidang Pembinaan SMP", "Bidang Kebudayaan"), tuple((f"SMP Negeri {n}", JenisUnor.SEKOLAH) for n in range(1, 15)) + tuple((f"SD Negeri {n}", JenisUnor.SEKOLAH) for n in range(1, 31))),
    Opd("RSUD", "Rumah Sakit Umum Daerah", JenisUnor.RUMAH_SAKIT, 12, ("Bidang Pelayanan Medis", "Bidang Keperawatan", "Bidang Penunjang"), kepala="Direktur"),
    _dinas("BAPENDA", "Badan Pendapatan Daerah", "Bidang Pendataan", "Bidang Penagihan", jenis=JenisUnor.BADAN),
    _dinas("INSPEKTORAT", "Inspektorat", "Inspektur Pembantu I", "Inspektur Pembantu II", "Inspektur Pembantu III", jenis=JenisUnor.INSPEKTORAT),
    _dinas("BAPPEDA", "Badan Perencanaan Pembangunan Daerah", "Bidang Perencanaan", "Bidang Ekonomi", "Bidang Penelitian", jenis=JenisUnor.BADAN),
    _dinas("BKAD", "Badan Keuangan dan Aset Daerah", "Bidang Anggaran", "Bidang Perbendaharaan", "Bidang Aset", jenis=JenisUnor.BADAN),
    _dinas("SETWAN", "Sekretariat DPRD", "Bagian Persidangan", "Bagian Keuangan", jenis=JenisUnor.SEKRETARIAT_DPRD),
    _dinas("SATPOLPP", "Satuan Polisi Pamong Praja", "Bidang Ketertiban Umum", "Bidang Penegakan Perda", bobot=5, jenis=JenisUnor.SATUAN),
    _dinas("DPUPR", "Dinas Pekerjaan Umum dan Tata Ruang", "Bidang Bina Marga", "Bidang Sumber Daya Air", "Bidang Tata Ruang", bobot=4),
    _dinas("DISPERKIM", "Dinas Perumahan dan Permukiman", "Bidang Perumahan", "Bidang Permukiman"),
    _dinas("DISHUB", "Dinas Perhubungan", "Bidang Lalu Lintas", "Bidang Angkutan", bobot=4),
    _dinas("DLH", "Dinas Lingkungan Hidup", "Bidang Persampahan", "Bidang Pengendalian Pencemaran", bobot=4),
    _dinas("DISDUKCAPIL", "Dinas Kependudukan dan Pencatatan Sipil", "Bidang Pendaftaran Penduduk", "Bidang Pencatatan Sipil"),
    _dinas("DINSOS", "Dinas Sosial", "Bidang Rehabilitasi Sosial", "Bidang Pemberdayaan Sosial"),
    _dinas("DISNAKER", "Dinas Tenaga Kerja", "Bidang Penempatan Kerja", "Bidang Hubungan Industrial"),
    _dinas("DISDAG", "Dinas Perdagangan", "Bidang Pasar", "Bidang Perlindungan Konsumen"),
    _dinas("DISKOPUKM", "Dinas Koperasi dan Usaha Mikro", "Bidang Koperasi", "Bidang Usaha Mikro"),
    _dinas("DKPP", "Dinas Ketahanan Pangan dan Pertanian", "Bidang Tanaman Pangan", "Bidang Peternakan"),
    _dinas("DISBUDPAR", "Dinas Pariwisata dan Olahraga", "Bidang Destinasi", "Bidang Olahraga"),
    _dinas("DP3A", "Dinas Pemberdayaan Perempuan dan Perlindungan Anak", "Bidang Perlindungan Anak", "Bidang Kesetaraan"),
    _dinas("DISPERPUSIP", "Dinas Perpustakaan dan Kearsipan", "Bidang Perpustakaan", "Bidang Kearsipan"),
    _dinas("DPMPTSP", "Dinas Penanaman Modal dan Pelayanan Terpadu", "Bidang Perizinan", "Bidang Penanaman Modal"),
    _dinas("DPPKB", "Dinas Pengendalian Penduduk dan Keluarga Berencana", "Bidang Pengendalian Penduduk", "Bidang Keluarga Sejahtera"),
    _dinas("BPBD", "Badan Penanggulangan Bencana Daerah", "Bidang Kesiapsiagaan", "Bidang Kedaruratan", jenis=JenisUnor.BADAN),
    _dinas("BAKESBANGPOL", "Badan Kesatuan Bangsa dan Politik", "Bidang Ideologi", "Bidang Politik", jenis=JenisUnor.BADAN),
    _dinas("DAMKAR", "Dinas Pemadam Kebakaran", "Bidang Pencegahan", "Bidang Pemadaman"),
    _dinas("STAFAHLI", "Unit Layanan Pengadaan", "Bidang Pengadaan Barang", "Bidang Pengadaan Jasa", jenis=JenisUnor.SATUAN),
    _kecamatan("KEC-BARAT", "Barat", "Jati Kamboja Lavender Melati Nusa Orchid Palem Rasamala Sonokeling"),
    _kecamatan("KEC-TENGAH", "Tengah", "Teratai Ulin Vanda Wijaya Zaitun Akasia Beringin Cendana Damar"),
    _dinas("DPMD", "Dinas Pemberdayaan Masyarakat", "Bidang Pemberdayaan", "Bidang Kelembagaan"),
)  # fmt: skip
STAF = {
    JenisUnor.PUSKESMAS: (("Perawat Terampil", "jf", "TR"), ("Bidan Terampil", "jf", "TR"), ("Dokter Ahli Pertama", "jf", "PT"), ("Pengadministrasi Puskesmas", "pelaksana", None)),
    JenisUnor.SEKOLAH: (("Guru Ahli Pertama", "jf", "PT"), ("Guru Ahli Muda", "jf", "MU"), ("Pengadministrasi Sekolah", "pelaksana", None)),
    JenisUnor.RUMAH_SAKIT: (("Perawat Terampil RSUD", "jf", "TR"), ("Dokter Ahli Muda", "jf", "MU"), ("Pengelola Layanan Medis", "pelaksana", None)),
}  # fmt: skip
STAF_UMUM = (
    ("Analis Kebijakan Ahli Muda", "jf", "MU"), ("Pranata Komputer Ahli Pertama", "jf", "PT"), ("Penata Layanan Operasional", "pelaksana", None),
    ("Pengolah Data dan Informasi", "pelaksana", None), ("Pengadministrasi Perkantoran", "pelaksana", None),
)  # fmt: skip


@dataclass
class Kota:
    """What was made, in memory, for the steps that follow."""

    walikota: PejabatNonASN
    unor: list[Unor] = field(default_factory=list)
    posisi: list[Posisi] = field(default_factory=list)
    pegawai: list[Pegawai] = field(default_factory=list)
    riwayat: list[RiwayatJabatan] = field(default_factory=list)
    opd: list[Unor] = field(default_factory=list)


class _Pembangun:
    """Collects units and posts in memory; `simpan` writes them level by level."""

    def __init__(self, rng: Random, hari_ini: date) -> None:
        self.rng, self.hari_ini = rng, hari_ini
        self.jabatan: dict[str, Jabatan] = {}
        self.unor: list[Unor] = []
        self.pimpinan: list[Posisi] = []  # posts with one seat, in order of rank
        self.staf: list[tuple[Posisi, int]] = []  # posts with many seats and their weight
        self.nip: set[str] = set()

    def bentuk_jabatan(
        self, nama: str, jenis: str, *, eselon: str | None = None, jenjang: str | None = None, kelas: int | None = None
    ) -> Jabatan:
        if nama not in self.jabatan:
            self.jabatan[nama] = Jabatan(nama=nama, jenis=jenis, eselon=eselon, jenjang=jenjang, kelas=kelas)
        return self.jabatan[nama]

    def unit(self, kode: str, nama: str, jenis: JenisUnor, induk: Unor | None, *, is_opd: bool = False) -> Unor:
        unor = Unor(kode=kode, nama=nama, jenis=jenis, induk=induk, is_opd=is_opd)
        self.unor.append(unor)
        return unor

    def kepala(self, unor: Unor, nama: str, eselon: str, atasan: Posisi, *, kelas: int) -> Posisi:
        jenis = JenisJabatan.JPT if eselon.startswith("2") else JenisJabatan.JA
        jabatan = self.bentuk_jabatan(nama, jenis, eselon=eselon, kelas=kelas)
        posisi = Posisi(unor=unor, jabatan=jabatan, kelas=kelas, eselon=eselon, is_pimpinan=True, atasan=atasan)
        self.pimpinan.append(posisi)
        return posisi

    def staf_di(self, unor: Unor, atasan: Posisi, bobot: int) -> None:
        for nama, jenis, jenjang in STAF.get(JenisUnor(unor.jenis), STAF_UMUM):
            jabatan = self.bentuk_jabatan(nama, jenis, jenjang=jenjang, kelas=8 if jenis == "jf" else 6)
            self.staf.append((Posisi(unor=unor, jabatan=jabatan, kelas=jabatan.kelas, atasan=atasan), bobot))

    def opd(self, bentuk: Opd, kota: Unor, puncak: Posisi) -> None:
        camat = bentuk.jenis == JenisUnor.KECAMATAN
        induk = self.unit(bentuk.kode, bentuk.nama, bentuk.jenis, kota, is_opd=True)
        gelar = {
            "Camat": f"Camat {bentuk.nama.removeprefix('Kecamatan ')}",
            "Sekretaris Daerah": "Sekretaris Daerah",
        }.get(bentuk.kepala, f"{bentuk.kepala} {bentuk.nama}")
        kepala = self.kepala(
            induk,
            gelar,
            "31" if camat else ("21" if bentuk.kode == "SETDA" else "22"),
            puncak,
            kelas=12 if camat else 14,
        )
        sekretariat = self.unit(f"{bentuk.kode}-00", f"Sekretariat {bentuk.nama}", JenisUnor.SEKRETARIAT, induk)
        sekretaris = self.kepala(sekretariat, f"Sekretaris {bentuk.nama}", "32" if camat else "31", kepala, kelas=12)
        umum = self.unit(
            f"{bentuk.kode}-01", f"Subbagian Umum dan Kepegawaian {bentuk.nama}", JenisUnor.SUBUNIT, sekretariat
        )
        self.staf_di(
            umum, self.kepala(umum, f"Kepala Subbagian Umum {bentuk.nama}", "41", sekretaris, kelas=9), bentuk.bobot
        )
        for nomor, nama in enumerate(bentuk.bidang, 2):
            bidang = self.unit(f"{bentuk.kode}-{nomor:02d}", f"{nama} {bentuk.nama}", JenisUnor.BIDANG, induk)
            kabid = self.kepala(
                bidang, f"Kepala {nama} {bentuk.nama}", "41" if camat else "32", kepala, kelas=9 if camat else 11
            )
            self.staf_di(bidang, kabid, bentuk.bobot)
        for nomor, (nama, jenis) in enumerate(bentuk.anak, 50):
            anak = self.unit(f"{bentuk.kode}-{nomor}", nama, jenis, induk)
            gelar_anak = nama.replace("Kelurahan", "Lurah") if jenis == JenisUnor.KELURAHAN else f"Kepala {nama}"
            self.staf_di(anak, self.kepala(anak, gelar_anak, "41", kepala, kelas=9), max(1, bentuk.bobot // 2))

    # people

    def orang(self, *, pimpinan: bool) -> tuple[Pegawai, User]:
        rng = self.rng
        pria = rng.random() < 0.5
        lahir = date(
            self.hari_ini.year - rng.randint(38 if pimpinan else 24, 57), rng.randint(1, 12), rng.randint(1, 28)
        )
        tmt = date(lahir.year + rng.randint(21, 23), rng.choice((1, 3, 4, 12)), 1)
        nip = self.nomor(lahir, tmt, pria)
        nama = f"{rng.choice(DEPAN)} {rng.choice(BELAKANG)}"
        golongan, pangkat = GOLONGAN[rng.randint(4, 6) if pimpinan else rng.randint(0, 3)]
        user = User(username=nip, nama=nama, email=f"{nip}@contoh.go.id", wajib_ganti_sandi=False)
        pegawai = Pegawai(
            user=user, nip=nip, nama=nama, gelar_belakang=rng.choice(GELAR), tanggal_lahir=lahir, jenis_kelamin="L" if pria else "P",
            tempat_lahir="Kota Contoh", golongan=golongan, pangkat=pangkat, tmt_cpns=tmt, email=user.email,
        )  # fmt: skip
        return pegawai, user

    def nomor(self, lahir: date, tmt: date, pria: bool) -> str:
        while True:
            nip = f"{lahir:%Y%m%d}{tmt:%Y%m}{1 if pria else 2}{self.rng.randint(1, 999):03d}"
            if nip not in self.nip:
                self.nip.add(nip)
                return nip


@transaction.atomic
def seed_organisasi(rng: Random, *, pegawai: int, hari_ini: date) -> Kota:
    """Make the city. `pegawai`: how many people, at least 50."""
    bangun = _Pembangun(rng, hari_ini)
    kota = bangun.unit("KOTA", "Pemerintah Kota Contoh", JenisUnor.KOTA, None)
    jabatan = bangun.bentuk_jabatan("Wali Kota", JenisJabatan.PEJABAT_NEGARA)
    puncak = Posisi(unor=kota, jabatan=jabatan, is_pimpinan=True, puncak=True)
    for bentuk in _opd_untuk(pegawai):
        bangun.opd(bentuk, kota, puncak)
    _simpan_struktur(bangun, puncak)
    walikota = PejabatNonASN.objects.create(
        nama="Wali Kota Contoh", jabatan="Wali Kota", posisi=puncak, mulai=date(hari_ini.year - 2, 2, 20)
    )
    hasil = Kota(walikota, bangun.unor, [puncak, *bangun.pimpinan, *(posisi for posisi, _ in bangun.staf)])
    hasil.opd = [unor for unor in bangun.unor if unor.is_opd]
    _isi_jabatan(bangun, hasil, banyak=pegawai)
    _kasus_pengganti(hasil, hari_ini)
    _beri_peran(hasil)
    Kalender.objects.bulk_create(
        Kalender(tanggal=date(tahun, bulan, hari), nama=nama, libur=True)
        for tahun in (hari_ini.year, hari_ini.year + 1)
        for bulan, hari, nama in HARI_LIBUR
    )
    return hasil


def _opd_untuk(pegawai: int) -> tuple[Opd, ...]:
    if pegawai >= 1500:
        return OPD
    terpilih: list[Opd] = []
    kursi = 0
    for bentuk in [opd for opd in OPD if len(opd.anak) < BANYAK_ANAK][: max(1, pegawai // ORANG_PER_OPD)]:
        pimpinan = 3 + len(bentuk.bidang) + len(bentuk.anak)
        if kursi + 2 * pimpinan > pegawai and terpilih:
            continue
        terpilih.append(bentuk)
        kursi += 2 * pimpinan
    return tuple(terpilih)


def _simpan_struktur(bangun: _Pembangun, puncak: Posisi) -> None:
    Jabatan.objects.bulk_create(bangun.jabatan.values())
    for tingkat in range(4):
        Unor.objects.bulk_create([unor for unor in bangun.unor if _tingkat(unor) == tingkat], batch_size=500)
    Posisi.objects.bulk_create([puncak])
    for atasan in _bertingkat(bangun.pimpinan, puncak):
        Posisi.objects.bulk_create(atasan, batch_size=500)
    Posisi.objects.bulk_create([posisi for posisi, _ in bangun.staf], batch_size=500)


def _tingkat(unor: Unor) -> int:
    return 0 if unor.induk is None else 1 + _tingkat(unor.induk)


def _bertingkat(posisi: list[Posisi], puncak: Posisi) -> Iterator[list[Posisi]]:
    """Posts level by level, each after its atasan."""
    atas = {puncak.pk}
    while lapis := [satu for satu in posisi if satu.atasan_id in atas]:
        yield lapis
        atas = {satu.pk for satu in lapis}


def _isi_jabatan(bangun: _Pembangun, kota: Kota, *, banyak: int) -> None:
    """Every leading post gets one person, then the others fill the staf posts by weight."""
    posisi = [posisi for posisi, _ in bangun.staf]
    bobot = [weight for _, weight in bangun.staf]
    kursi = [*bangun.pimpinan, *_inti(posisi)]
    kursi = [*kursi, *bangun.rng.choices(posisi, bobot, k=max(0, banyak - len(kursi)))][:banyak]
    sandi = make_password(SANDI)
    users = []
    for satu in kursi:
        pegawai, user = bangun.orang(pimpinan=satu.is_pimpinan)
        user.password = sandi
        users.append(user)
        mulai = bangun.hari_ini.replace(year=bangun.hari_ini.year - bangun.rng.randint(1, 3), month=1, day=2)
        kota.pegawai.append(pegawai)
        kota.riwayat.append(
            RiwayatJabatan(
                pegawai=pegawai, posisi=satu, mulai=mulai, tmt_jabatan=mulai, atasan=satu.atasan,
                nomor_sk=f"821.2/{len(users)}/BKPSDM/{mulai.year}", tanggal_sk=mulai - timedelta(days=7),
            )
        )  # fmt: skip
    salin_objek(users)
    salin_objek(kota.pegawai)
    salin_objek(kota.riwayat)
    hitung_ulang_statistik(User, Pegawai, Posisi, RiwayatJabatan)


def _inti(posisi: list[Posisi]) -> list[Posisi]:
    """The first staf posts of each OPD."""
    per_opd: dict[str, list[Posisi]] = {}
    for satu in posisi:
        per_opd.setdefault(_kode_opd(satu.unor), []).append(satu)
    return [satu for milik in per_opd.values() for satu in milik[:STAF_INTI]]


def _kasus_pengganti(kota: Kota, hari_ini: date) -> None:
    """A Plt for a vacant post, a Plh for an absent holder, and a vacant post that nobody covers."""
    kabid = [row for row in kota.riwayat if row.posisi.eselon == "32" and row.posisi.is_pimpinan]
    if len(kabid) < 4:
        return
    akhir = date(hari_ini.year + 1, 12, 31)
    kosong, pengganti, berhalangan, pelaksana_harian = kabid[0], kabid[1], kabid[2], kabid[3]
    pensiun = [kosong, kabid[-1]]
    RiwayatJabatan.objects.filter(pk__in=[row.pk for row in pensiun]).update(
        sampai=date(hari_ini.year, 1, 15), alasan="Pensiun"
    )
    Pegawai.objects.filter(pk__in=[row.pegawai_id for row in pensiun]).update(kedudukan_hukum=KedudukanHukum.PENSIUN)
    User.objects.filter(pk__in=[row.pegawai.user_id for row in pensiun]).update(is_active=False)
    for row, orang, jenis in (
        (kosong, pengganti, JenisPenugasan.PLT),
        (berhalangan, pelaksana_harian, JenisPenugasan.PLH),
    ):
        mulai = date(hari_ini.year, 1, 16)
        RiwayatJabatan.objects.create(
            pegawai=orang.pegawai, posisi=row.posisi, jenis_penugasan=jenis, mulai=mulai, sampai=akhir, tmt_jabatan=mulai,
            nomor_sk=f"800/{jenis}/{hari_ini.year}", tanggal_sk=mulai,
        )  # fmt: skip


MILIK_OPD = (Peran.ADMIN_OPD, Peran.TIM_PENGELOLA, Peran.REVIEWER, Peran.TU, Peran.BENDAHARA_OPD)


def _beri_peran(kota: Kota) -> None:
    """The roles of an OPD to people of each; the city-wide ones to people of BKPSDM."""
    milik: dict[str, list[RiwayatJabatan]] = {}
    for row in kota.riwayat:
        if not row.posisi.is_pimpinan:
            milik.setdefault(_kode_opd(row.posisi.unor), []).append(row)
    peran = []
    for opd in kota.opd:
        staf = milik.get(opd.kode, [])
        for row, nama in zip(staf, MILIK_OPD, strict=False):
            peran.append(PeranUser(user=row.pegawai.user, peran=nama, unor=opd))
    inti = [row.pegawai.user for row in milik.get("BKPSDM", [])[len(MILIK_OPD) :]]
    for user, nama in zip(inti, (Peran.BKPSDM, Peran.ADMIN_PROSES, Peran.AUDITOR), strict=False):
        peran.append(PeranUser(user=user, peran=nama))
    PeranUser.objects.bulk_create(peran)


def _kode_opd(unor: Unor | None) -> str:
    while unor is not None and not unor.is_opd:
        unor = unor.induk
    return unor.kode if unor else ""
