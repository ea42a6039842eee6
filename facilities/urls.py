from .views import FacilityViews

app_name = "facilities"
urlpatterns = FacilityViews.urls()
