from django.contrib import admin

from programs.admin import ScopedAdmin

from .models import Facility


@admin.register(Facility)
class FacilityAdmin(ScopedAdmin):
    list_display = ("name", "facility_type", "capacity", "status")
    list_filter = ("facility_type", "status")
    search_fields = ("name",)
