from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ProgramsConfig(AppConfig):
    name = "programs"
    verbose_name = _("Programs")

    def ready(self) -> None:
        # Framework plumbing, not domain logic: checks register by import, grants follow each migration.
        from crud.hooks import hooks

        from . import archive, checks, undo  # noqa: F401
        from .elsewhere import OtherPrograms
        from .privileges import grant_runtime_privileges

        hooks.archive, hooks.restore = archive.archive, archive.restore
        hooks.undo_request, hooks.may_undo_request = undo.undo_request, undo.may_undo
        hooks.undo_event = undo.undo_event
        hooks.elsewhere = OtherPrograms()
        post_migrate.connect(grant_runtime_privileges, dispatch_uid="programs.grant_runtime_privileges")
