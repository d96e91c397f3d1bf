from __future__ import annotations

import pytest

from backend.accounts.models import User
from backend.platform import settings
from backend.platform.errors import SettingInvalid
from backend.platform.models import AuditEvent

pytestmark = pytest.mark.django_db

settings.declare("uji_angka", 10, "Angka uji", minimum=1, maksimum=20)
settings.declare("uji_pilihan", "a", "Pilihan uji", pilihan=(("a", "A"), ("b", "B")))
settings.declare("uji_sakelar", True, "Sakelar uji")


def test_the_declared_default_holds_until_somebody_changes_it(user: User):
    assert settings.setting("uji_angka") == 10
    settings.change("uji_angka", 12, oleh=user, alasan="Rapat")
    assert settings.setting("uji_angka") == 12
    assert not settings.row("uji_angka").default
    settings.reset("uji_angka", oleh=user)
    assert settings.setting("uji_angka") == 10


def test_a_change_is_audited_with_both_values(user: User):
    settings.change("uji_angka", 12, oleh=user, alasan="Rapat")
    event = AuditEvent.objects.get()
    assert event.data == {"key": "uji_angka", "dari": 10, "menjadi": 12}
    assert (event.aktor, event.alasan, event.objek) == (user, "Rapat", "pengaturan:uji_angka")


@pytest.mark.parametrize(
    ("key", "nilai"),
    [
        ("uji_angka", 0),
        ("uji_angka", 21),
        ("uji_angka", "12"),
        ("uji_angka", True),
        ("uji_pilihan", "c"),
        ("uji_sakelar", 1),
    ],
)
def test_a_value_of_another_kind_or_outside_its_range_is_refused(key: str, nilai: object, user: User):
    with pytest.raises(SettingInvalid):
        settings.change(key, nilai, oleh=user)
    assert settings.row(key).default


def test_a_setting_nobody_declared_is_a_programming_error():
    with pytest.raises(KeyError):
        settings.setting("tidak_ada")


def test_a_key_is_declared_once():
    settings.declare("uji_sakelar", True, "Sakelar uji")
    with pytest.raises(settings.AlreadyDeclared):
        settings.declare("uji_sakelar", False, "Sakelar uji")


def test_values_are_read_once_for_many_questions(django_assert_num_queries):
    settings.forget_cache()
    with django_assert_num_queries(1):
        assert [settings.setting("uji_angka") for _ in range(10)] == [10] * 10
