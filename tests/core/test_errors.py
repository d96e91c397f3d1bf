from backend.core.errors import DomainError, NotVisible


class TerlaluBanyakBerkas(DomainError):
    """Berkas pada baris ini sudah {jumlah}. Hapus satu berkas, lalu unggah lagi.

    Only the first paragraph is shown.
    """

    m = "M11"


def test_an_error_speaks_its_docstring_and_keeps_a_stable_code():
    error = TerlaluBanyakBerkas(jumlah=10)
    assert str(error) == "Berkas pada baris ini sudah 10. Hapus satu berkas, lalu unggah lagi."
    assert (error.code, error.m, error.status) == ("terlalu_banyak_berkas", "M11", 422)


def test_what_is_not_visible_is_404():
    assert NotVisible().status == 404
    assert NotVisible("Laporan tidak ditemukan.").message == "Laporan tidak ditemukan."
