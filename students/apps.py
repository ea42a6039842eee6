from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudentsConfig(AppConfig):
    name = "students"
    verbose_name = _("Students")

    def ready(self) -> None:
        from staff.hooks import SettingsLink, hooks

        hooks.settings_links.append(
            SettingsLink(
                field="emergency_details_for_tutors",
                label=_("Who looked at emergency details"),
                url_name="students:student-looks",
                permission="students.view_looks_student",
            )
        )
