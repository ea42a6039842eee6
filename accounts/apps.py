from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from crud.hooks import hooks

        from .preferences import set_preferences

        hooks.set_preferences, hooks.preferences_url_name = set_preferences, "preferences"
