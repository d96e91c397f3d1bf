from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, sessions, tokens."""

    name = "backend.accounts"
    label = "accounts"

    def ready(self) -> None:
        from backend.platform.settings import declare

        grup = "Keamanan"
        declare("sesi_diam_menit", 30, "Sesi berakhir setelah diam (menit)", kelompok=grup, minimum=5, maksimum=120)
        declare("sesi_maks_jam", 8, "Sesi paling lama (jam)", kelompok=grup, minimum=1, maksimum=12)
