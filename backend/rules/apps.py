from django.apps import AppConfig, apps


class RulesConfig(AppConfig):
    name = "backend.rules"
    label = "rules"

    def ready(self) -> None:
        """Take tables from their published versions. `evaluate_rule` and `check_rules` run without a database."""
        from backend.rules.decide import use_source

        if apps.is_installed("backend.platform"):
            from backend.rules.versions import DatabaseSource

            use_source(DatabaseSource())
