"""What most projects write: `list_display`, `list_filter`, `search_fields`, inlines; a list shows 100 rows."""

from django.contrib import admin

from .models import Course, Curriculum, Facility, Lesson, Module, Program, Student
from .sites import in_program


class InProgram(admin.ModelAdmin):
    autocomplete_fields = ("program",)

    def get_queryset(self, request):
        return in_program(super().get_queryset(request), request)


@admin.register(Program)
class ProgramAdmin(admin.ModelAdmin):
    search_fields = ("name",)


@admin.register(Student)
class StudentAdmin(InProgram):
    list_display = (
        "first_name",
        "last_name",
        "student_id",
        "status",
        "date_of_birth",
        "enrollment_date",
        "phone",
    )
    list_filter = ("status",)
    search_fields = ("first_name", "last_name", "student_id")


@admin.register(Facility)
class FacilityAdmin(InProgram):
    list_display = ("name", "status")


class PartInline(admin.TabularInline):
    extra = 0
    exclude = ("program",)


class CurriculumInline(PartInline):
    model = Curriculum


class ModuleInline(PartInline):
    model = Module


class LessonInline(PartInline):
    model = Lesson


@admin.register(Course)
class CourseAdmin(InProgram):
    list_display = ("name", "level", "is_active")
    inlines = (CurriculumInline,)
    search_fields = ("name",)


@admin.register(Curriculum)
class CurriculumAdmin(InProgram):
    list_display = ("name", "course")
    inlines = (ModuleInline,)
    autocomplete_fields = ("program", "course")
    search_fields = ("name",)


@admin.register(Module)
class ModuleAdmin(InProgram):
    list_display = ("name", "curriculum")
    inlines = (LessonInline,)
    autocomplete_fields = ("program", "curriculum")
    search_fields = ("name",)
