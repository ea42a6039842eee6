"""What a member of staff keeps on the desk of a program: views of lists, and what is not saved yet."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.names import NameField, clean_names
from accounts.roles import assignable_role_choices
from database.functions import json_shape
from programs.constraints import Reference
from programs.models import ProgramScopedModel


def of_user(table: str) -> Reference:
    """The rows go when their user goes."""
    return Reference(
        name=f"{table}_user", columns=["user_id"], to="accounts.User", to_columns=["id"], on_delete="CASCADE"
    )


class SavedView(ProgramScopedModel):
    """A list as somebody likes to see it: a name for its address.

    `page` is the url name of the list ("students:student-list"), `query` its query string without "?".
    Private to `user`, or shared with everybody who has one of the roles `shared_with` in the program.
    `is_default` is what opens when its owner asks for the bare list.
    """

    untracked = "a view is an address, no data of the academy"

    # The database removes it with the user, in every program at once; a query here sees one program alone.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    page = models.CharField(_("list"), max_length=100)
    name = NameField(_("name"), max_length=80)
    query = models.CharField(_("address"), max_length=2000, blank=True, default="", db_default="")
    shared_with = ArrayField(
        models.CharField(max_length=32, choices=assignable_role_choices),
        verbose_name=_("shared with"),
        blank=True,
        default=list,
        db_default=[],
    )
    is_default = models.BooleanField(_("open by default"), default=False, db_default=False)

    class Meta(ProgramScopedModel.Meta):
        db_table = "saved_views"
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name"]
        triggers = [*ProgramScopedModel.Meta.triggers, clean_names("name")]
        default_permissions = ()  # type: ignore[assignment]
        constraints = [
            *ProgramScopedModel.Meta.constraints,
            of_user("saved_views"),
            models.UniqueConstraint(
                fields=["program", "user", "page", "name"], name="saved_views_name_once_per_user_and_list"
            ),
            models.UniqueConstraint(
                fields=["program", "user", "page"],
                condition=models.Q(is_default=True),
                name="saved_views_one_default_per_user_and_list",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_views_name_given"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shared_labels(self) -> str:
        return ", ".join(str(label) for role, label in assignable_role_choices() if role in self.shared_with)


class Draft(ProgramScopedModel):
    """What somebody typed into a form and has not saved yet: kept until saved or discarded.

    `form` names the form and the row ("students.student:<uuid>", "students.student:new"), `data` is what the
    browser would post, lists of texts by name. Read by its owner alone. Saving empties `data` and notes the token of
    the form in `closed`, the newest first: what is still on its way from that form is no draft any more.
    """

    untracked = "a draft is not data of the academy yet, and must leave no trace when discarded"

    # The database removes it with the user, in every program at once; a query here sees one program alone.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    form = models.CharField(_("form"), max_length=120)
    data = models.JSONField(default=dict)
    closed = ArrayField(models.CharField(max_length=64), default=list, db_default=[])

    class Meta(ProgramScopedModel.Meta):
        db_table = "drafts"
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        default_permissions = ()  # type: ignore[assignment]
        constraints = [
            *ProgramScopedModel.Meta.constraints,
            of_user("drafts"),
            models.UniqueConstraint(fields=["program", "user", "form"], name="drafts_one_per_user_and_form"),
            json_shape("data", "object", name="drafts_data_is_object"),
        ]

    def __str__(self) -> str:
        return self.form

    def as_posted(self) -> QueryDict:
        """The draft as its form would have posted it."""
        posted = QueryDict(mutable=True)
        for name, values in self.data.items():
            posted.setlist(name, values)
        return posted
