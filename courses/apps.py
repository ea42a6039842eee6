from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        from staff.panels import add_member_panel

        from .panels import course_grants_panel

        add_member_panel(course_grants_panel)
