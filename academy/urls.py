"""The only module that knows every app."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from academy.dashboard import dashboard
from programs.scope import program_exempt

urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("", include("programs.urls")),
    path("students/", include("students.urls")),
    path("courses/", include("courses.urls")),
    path("facilities/", include("facilities.urls")),
    path(
        "accounts/login/",
        program_exempt(auth.LoginView.as_view(redirect_authenticated_user=True)),
        name="login",
    ),
    path("accounts/logout/", program_exempt(auth.LogoutView.as_view()), name="logout"),
    path("admin/", admin.site.urls),
]

handler403 = "programs.views.forbidden"
