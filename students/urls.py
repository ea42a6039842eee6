from .views import StudentViews

app_name = "students"
urlpatterns = StudentViews.urls()
