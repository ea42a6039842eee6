"""The admin of users, programs, assignments, invitations and visits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import BooleanFieldListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from accounts.admin import StaffAdmin
from accounts.models import Role, User
from crud.admin import AcademyAdmin, SwitchActions, tell_changed, tones
from crud.admin_forms import AdminForm, KeyLookups
from programs.admin import ProgramFilter, ReadOnlyAdmin
from programs.models import AllProgramsVisit, Program, UserProgramAssignment

from .invitations import state_condition, withdraw_all
from .models import Invitation, InvitationProgram, InvitationState
from .services import transfer_assignments


class AssignmentInline(KeyLookups, TabularInline):
    model = UserProgramAssignment
    fk_name = "program"
    extra = 0
    per_page = 20
    tab = True
    can_delete = False  # assignments are deactivated
    autocomplete_fields: Any = ("user",)
    form = AdminForm
    fields: Any = ("user", "role", "is_active", "since")
    readonly_fields = ("since",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", "program").order_by("assigned_at", "id")

    @admin.display(description=gettext_lazy("assigned"))
    def since(self, assignment: UserProgramAssignment) -> Any:
        """None for the empty line of a new assignment."""
        return None if assignment._state.adding else assignment.assigned_at


class AssignmentOfUserInline(AssignmentInline):
    fk_name = "user"
    autocomplete_fields = ("program",)
    fields = ("program", "role", "is_active", "since")


class StampAssigner:
    """Sets `assigned_by` on assignments that are added inline."""

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            if isinstance(row, UserProgramAssignment) and row._state.adding:
                row.assigned_by = request.user
            row.save()
        formset.save_m2m()


class HasProgramFilter(DropdownFilter):
    """Users by whether they work in an active program. Super admins need no assignment."""

    title = gettext_lazy("programs")
    parameter_name = "programs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return (("none", _("Staff without a program")), ("some", _("Staff with a program")))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("none", "some"):
            return queryset
        if self.value() == "none":
            return self.without(queryset)
        return queryset.exclude(role=Role.SUPER_ADMIN).filter(self.works())

    @classmethod
    def without(cls, users: Any) -> Any:
        return users.exclude(role=Role.SUPER_ADMIN).filter(~cls.works(), is_active=True)

    @staticmethod
    def works() -> models.Exists:
        return models.Exists(
            UserProgramAssignment.objects.filter(
                user=models.OuterRef("pk"), is_active=True, program__is_active=True
            )
        )


admin.site.unregister(User)


@admin.register(User)
class AssignedStaffAdmin(StampAssigner, StaffAdmin):
    """The admin of users from `accounts`, with their assignments."""

    list_filter = (*StaffAdmin.list_filter, HasProgramFilter)
    inlines = (AssignmentOfUserInline,)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return super().get_inlines(request, obj) if obj else []


class HasStaffFilter(DropdownFilter):
    """Active programs by whether anybody works in them."""

    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return (("none", _("Nobody works in it")), ("staff", _("With staff")))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("none", "staff"):
            return queryset
        if self.value() == "none":
            return self.without(queryset)
        return queryset.filter(self.staffed(), is_active=True)

    @classmethod
    def without(cls, programs: Any) -> Any:
        return programs.filter(~cls.staffed(), is_active=True)

    @staticmethod
    def staffed() -> models.Exists:
        return models.Exists(
            UserProgramAssignment.objects.filter(
                program=models.OuterRef("pk"), is_active=True, user__is_active=True
            )
        )


@admin.register(Program)
class ProgramAdmin(StampAssigner, SwitchActions, AcademyAdmin):
    list_display = ("name", "initials", "color", "is_active", "created_at")
    list_filter = ("is_active", HasStaffFilter)
    search_fields = ("name",)
    ordering = ("name",)
    inlines = (AssignmentInline,)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False  # programs are deactivated


class TransferForm(forms.Form):
    """Asks for the target program by an autocomplete field, since there may be a thousand."""

    program = forms.ModelChoiceField(
        Program.objects.filter(is_active=True), label=gettext_lazy("To the program")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = UserProgramAssignment._meta.get_field("program")
        widget = AutocompleteSelect(field, admin.site)
        chosen: Any = self.fields["program"]
        widget.choices = chosen.choices
        chosen.widget = widget


@admin.register(UserProgramAssignment)
class UserProgramAssignmentAdmin(SwitchActions, AcademyAdmin):
    list_display = ("user", "program", "role", "is_active", "assigned_at", "assigned_by")
    list_filter = (
        ("program", ProgramFilter),
        "is_active",
        "role",
        ("user__is_active", BooleanFieldListFilter),
    )
    list_select_related = ("user", "program", "assigned_by")
    search_fields = ("user__username", "user__full_name", "program__name")
    ordering = ("user_id", "program_id")  # the unique index: those of one person together
    autocomplete_fields = ("user", "program")
    exclude = ("assigned_by",)
    readonly_fields = ("assigned_at",)
    actions = ("activate", "deactivate", "move")

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.assigned_by = request.user
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False  # assignments are deactivated

    @admin.action(description=gettext_lazy("Move to another program"), permissions=["change"])
    def move(self, request: Any, queryset: Any) -> HttpResponse | None:
        form = TransferForm(request.POST if "confirm" in request.POST else None)
        if form.is_valid():
            to = form.cleaned_data["program"]
            moved = transfer_assignments(assignments=queryset, to=to, by=request.user)
            said = ngettext(
                "%(count)d assignment moved to %(program)s.",
                "%(count)d assignments moved to %(program)s.",
                moved,
            ) % {"count": moved, "program": to}
            messages.success(request, said)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Move to another program"),
            "subtitle": None,
            "assignments": queryset.select_related("user", "program"),
            "form": form,
            "opts": self.opts,
            "media": self.media + form.media,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/transfer_assignments.html", context)


class StateOfInvitation(DropdownFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(state.value, state.label) for state in InvitationState]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in InvitationState.values:
            return queryset
        return queryset.filter(state_condition(InvitationState(self.value())))


class InvitedInline(TabularInline):
    model = InvitationProgram
    extra = 0
    tab = True
    fields = ("program",)

    def has_add_permission(self, request: Any, obj: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Read only, but for withdrawing. Invitations are made and sent again on the staff pages of a program."""

    list_display = (
        "email",
        "full_name",
        "shown_role",
        "shown_state",
        "invited_by",
        "created_at",
        "expires_at",
    )
    list_filter = (StateOfInvitation, "role")
    list_select_related = ("invited_by",)
    search_fields = ("email", "full_name")
    ordering = ("-created_at", "-id")
    inlines = (InvitedInline,)
    actions = ("withdraw",)

    @display(description=gettext_lazy("role"))
    def shown_role(self, invitation: Invitation) -> str:
        return invitation.get_role_display()

    @display(
        description=gettext_lazy("state"), label=tones(InvitationState, pending="info", accepted="success")
    )
    def shown_state(self, invitation: Invitation) -> tuple[str, str]:
        return invitation.state.value, str(invitation.state.label)

    @admin.action(description=gettext_lazy("Withdraw"), permissions=["view"])
    def withdraw(self, request: Any, queryset: Any) -> None:
        tell_changed(request, withdraw_all(user=request.user, invitations=queryset))


@admin.register(AllProgramsVisit)
class AllProgramsVisitAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "username", "reason")
    search_fields = ("username",)
    ordering = ("-created_at", "-id")
