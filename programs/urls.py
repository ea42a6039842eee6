from django.urls import path

from . import views

app_name = "programs"
urlpatterns = [
    path("programs/", views.choose, name="choose"),
    path("programs/switch/", views.switch, name="switch"),
    path("programs/all/", views.enter_all, name="enter-all"),
]
