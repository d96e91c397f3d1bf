from django.apps import AppConfig


class TppConfig(AppConfig):
    """TPP: rules, monthly calculation, period, what-if."""

    name = "backend.tpp"
    label = "tpp"
    verbose_name = "TPP"

    def ready(self) -> None:
        from backend.platform import imports
        from backend.tpp import settings, steps  # noqa: F401 importing binds them
        from backend.tpp.services import impor, simulasi  # noqa: F401 jobs are bound on import

        settings.declare_all()
        imports.register(
            imports.Impor(
                "tpp", "Gaji, PTKP, rekening, dan sebab potongan TPP", "Berkas yang sama boleh diunggah ulang: yang berubah diperbarui.",
                impor.template, impor.check, impor.PEKERJAAN,
            )
        )  # fmt: skip
