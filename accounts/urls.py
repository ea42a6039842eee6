"""The URLs of this app as (path, view, names). `academy.urls` wraps the views of each group.

Only the pages of allauth that are used are included; the others are 404.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount.providers.openid_connect import views as oidc

from . import views

Address = tuple[str, Any, tuple[str, ...]]

# Before the sign-in: for visitors, alone on the page.
ENTRANCE: list[Address] = [
    ("login/", views.SignIn.as_view(), ("login", "account_login")),
    ("login/code/", mfa.authenticate, ("mfa_authenticate",)),
    ("login/passkey/", webauthn.login_webauthn, ("mfa_login_webauthn",)),
    ("logout/", views.SignOut.as_view(), ("logout",)),
    ("password/reset/", views.PasswordReset.as_view(), ("account_reset_password",)),
    ("password/reset/sent/", account.password_reset_done, ("account_reset_password_done",)),
    ("password/reset/done/", account.password_reset_from_key_done, ("account_reset_password_from_key_done",)),
    (
        "password/reset/<str:uidb36>/<str:key>/",
        account.password_reset_from_key,
        ("account_reset_password_from_key",),
    ),
    ("<slug:provider_id>/login/", oidc.login, ("openid_connect_login",)),
    ("<slug:provider_id>/login/callback/", oidc.callback, ("openid_connect_callback",)),
]

# Open also to somebody who must set up a second factor first.
SET_UP: list[Address] = [
    ("second-factor/", mfa.index, ("mfa_index",)),
    ("second-factor/app/", totp.activate_totp, ("mfa_activate_totp",)),
    ("second-factor/passkeys/", webauthn.list_webauthn, ("mfa_list_webauthn",)),
    ("second-factor/passkeys/add/", webauthn.add_webauthn, ("mfa_add_webauthn",)),
    ("confirm/", account.reauthenticate, ("account_reauthenticate",)),
    ("confirm/code/", mfa.reauthenticate, ("mfa_reauthenticate",)),
    ("confirm/passkey/", webauthn.reauthenticate_webauthn, ("mfa_reauthenticate_webauthn",)),
]

OWN: list[Address] = [
    ("profile/", views.profile, ("profile",)),
    ("password/", views.PasswordChange.as_view(), ("password",)),
    ("sessions/", views.Sessions.as_view(), ("usersessions_list",)),
    ("second-factor/app/remove/", totp.deactivate_totp, ("mfa_deactivate_totp",)),
    ("second-factor/passkeys/<int:pk>/", webauthn.edit_webauthn, ("mfa_edit_webauthn",)),
    ("second-factor/passkeys/<int:pk>/remove/", webauthn.remove_webauthn, ("mfa_remove_webauthn",)),
    (
        "second-factor/recovery-codes/",
        views.RecoveryCodes.as_view(template_name="mfa/recovery_codes/index.html"),
        ("mfa_view_recovery_codes",),
    ),
    (
        "second-factor/recovery-codes/file/",
        views.RecoveryCodes.as_view(template_name="-", content_type="text/plain; charset=utf-8"),
        ("mfa_download_recovery_codes",),
    ),
    ("second-factor/recovery-codes/new/", recovery.generate_recovery_codes, ("mfa_generate_recovery_codes",)),
]
