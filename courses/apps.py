from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        from staff.hooks import hooks

        from .editors import course_grants_panel

        hooks.member_panels.append(course_grants_panel)
