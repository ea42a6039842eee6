"""The only module that knows every app."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from academy.anywhere import anywhere
from academy.dashboard import dashboard
from academy.palette import palette
from accounts import views as accounts
from programs import view_as, visit_views
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
    path("programs/all/", anywhere(visit_views.enter_all), name="all-programs"),
    path("visits/", anywhere(visit_views.visits), name="visits"),
    path("visits/<uuid:visit>/", anywhere(visit_views.visit), name="visit"),
    path("view-as/", anywhere(view_as.choose), name="view-as"),
    path("view-as/start/", anywhere(view_as.start), name="view-as-start"),
    path("view-as/stop/", anywhere(view_as.stop), name="view-as-stop"),
    path("palette/", anywhere(palette), name="palette"),
    path("admin/", admin.site.urls),
]

handler403 = "programs.views.forbidden"
