from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Placeholder until helper k writes the real model."""
