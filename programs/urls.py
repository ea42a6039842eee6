from django.urls import path

from staff import invitation_views, program_settings
from staff import views as staff_views

from . import views

app_name = "programs"
urlpatterns = [
    path("programs/", views.choose, name="choose"),
    path("programs/switch/", views.switch, name="switch"),
    path("programs/settings/", program_settings.program_settings, name="settings"),
    path("staff/", staff_views.staff, name="staff"),
    path("staff/invite/", staff_views.invite, name="staff-invite"),
    path("staff/invitations/<uuid:pk>/resend/", staff_views.resend, name="invitation-resend"),
    path("staff/invitations/<uuid:pk>/withdraw/", staff_views.withdraw, name="invitation-withdraw"),
    path("staff/<uuid:pk>/", staff_views.member, name="staff-member"),
    path("staff/<uuid:pk>/role/", staff_views.role, name="staff-role"),
    path("staff/<uuid:pk>/end/", staff_views.end, name="staff-end"),
    path("staff/<uuid:pk>/back/", staff_views.back, name="staff-back"),
    path("staff/<uuid:pk>/take-back/", staff_views.take_back, name="staff-take-back"),
    path("invitations/accept/", invitation_views.accept, name="invitation-accept"),
    path("invitations/<str:token>/", invitation_views.follow, name="invitation"),
]
