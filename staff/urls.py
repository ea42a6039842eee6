from django.urls import path

from . import invitation_views, program_settings_views, view_as_views, views, visit_views

app_name = "staff"
urlpatterns = [
    path("programs/settings/", program_settings_views.program_settings, name="program-settings"),
    path("staff/", views.staff, name="list"),
    path("staff/invite/", invitation_views.invite, name="invite"),
    path("staff/invitations/<uuid:pk>/resend/", invitation_views.resend, name="invitation-resend"),
    path("staff/invitations/<uuid:pk>/withdraw/", invitation_views.withdraw, name="invitation-withdraw"),
    path("staff/<uuid:pk>/", views.member, name="member"),
    path("staff/<uuid:pk>/role/", views.role, name="role"),
    path("staff/<uuid:pk>/end/", views.end, name="end"),
    path("staff/<uuid:pk>/back/", views.back, name="back"),
    path("staff/<uuid:pk>/take-back/", views.take_back, name="take-back"),
    path("invitations/accept/", invitation_views.accept, name="invitation-accept"),
    path("invitations/<str:token>/", invitation_views.follow, name="invitation"),
    path("visits/", visit_views.visits, name="visits"),
    path("visits/<uuid:visit>/", visit_views.visit, name="visit"),
    path("view-as/", view_as_views.choose, name="view-as"),
    path("view-as/start/", view_as_views.start, name="view-as-start"),
    path("view-as/stop/", view_as_views.stop, name="view-as-stop"),
]
