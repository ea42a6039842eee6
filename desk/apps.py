from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        from crud.hooks import hooks

        from .lists import StoredDrafts, StoredViews

        hooks.saved_views, hooks.drafts = StoredViews(), StoredDrafts()
