"""The only module that knows every app."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from academy.anywhere import anywhere
from academy.dashboard import dashboard
from academy.palette import palette
from accounts import views as accounts
from programs.scope import program_exempt

urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("", include("programs.urls")),
    path("students/", include("students.urls")),
    path("courses/", include("courses.urls")),
    path("facilities/", include("facilities.urls")),
    path("desk/", include("desk.urls")),
    path(
        "accounts/login/",
        program_exempt(auth.LoginView.as_view(redirect_authenticated_user=True)),
        name="login",
    ),
    path("accounts/logout/", program_exempt(auth.LogoutView.as_view()), name="logout"),
    path("accounts/profile/", anywhere(accounts.profile), name="profile"),
    path("accounts/password/", anywhere(accounts.PasswordChange.as_view()), name="password"),
    path("accounts/preferences/", program_exempt(accounts.preferences), name="preferences"),
    path("palette/", anywhere(palette), name="palette"),
    path("admin/", admin.site.urls),
]

handler403 = "programs.views.forbidden"
