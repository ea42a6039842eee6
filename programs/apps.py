from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ProgramsConfig(AppConfig):
    name = "programs"
    verbose_name = _("Programs")

    def ready(self) -> None:
        # Framework plumbing, not domain logic: checks register by import, grants follow each migration.
        from . import checks  # noqa: F401
        from .rights import grant_runtime_rights

        post_migrate.connect(grant_runtime_rights, dispatch_uid="programs.grant_runtime_rights")
