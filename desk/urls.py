from django.urls import path

from . import views

app_name = "desk"
urlpatterns = [
    path("views/", views.manage, name="views"),
    path("views/save/", views.save, name="view-save"),
    path("views/<uuid:pk>/", views.change, name="view-change"),
    path("drafts/", views.keep_draft, name="draft-keep"),
    path("drafts/discard/", views.discard_draft, name="draft-discard"),
]
