from django.apps import AppConfig


class KepegawaianConfig(AppConfig):
    """People and organisation; gives the engine its directory."""

    name = "backend.kepegawaian"
    label = "kepegawaian"
    verbose_name = "Kepegawaian"

    def ready(self) -> None:
        from backend.kepegawaian import importing, tasks
        from backend.kepegawaian.directory import Organisasi
        from backend.kepegawaian.enums import KEDUDUKAN_AKTIF
        from backend.platform import imports
        from backend.platform.settings import declare
        from backend.workflow.steps import set_directory

        set_directory(Organisasi())
        imports.register(
            imports.Impor(
                "kepegawaian", "Unit, posisi, pegawai, dan riwayat jabatan", "Berkas yang sama boleh diunggah ulang: yang tidak berubah dibiarkan.",
                importing.template, importing.check, tasks.IMPOR, {"akun": "Buatkan akun bagi pegawai aktif yang belum punya"},
            )
        )  # fmt: skip
        grup = "Kepegawaian"
        declare(
            "kedudukan_aktif", list(KEDUDUKAN_AKTIF), "Kedudukan hukum yang dihitung aktif",
            "Kode BKN; pegawai dengan kedudukan lain tidak menjadi penilai dan tidak dibuatkan laporan.", kelompok=grup,
        )  # fmt: skip
        declare(
            "naik_satu_tingkat_bila_plt", True, "Penilai naik satu tingkat bila pegawai sendiri Plt./Plh. atasannya",
            "Bila dimatikan, Admin OPD harus menetapkan penilainya.", kelompok=grup,
        )  # fmt: skip
        declare(
            "kode_bkpsdm", "BKPSDM", "Kode unit BKPSDM", "Pimpinannya berperan sebagai Kepala BKPSDM.", kelompok=grup
        )
        declare(
            "nip_usia_minimum",
            18,
            "Usia minimum pada TMT CPNS",
            "Di luar batas: peringatan.",
            kelompok=grup,
            minimum=15,
            maksimum=60,
        )
        declare(
            "nip_usia_maksimum",
            57,
            "Usia maksimum pada TMT CPNS",
            "Di luar batas: peringatan.",
            kelompok=grup,
            minimum=15,
            maksimum=70,
        )
