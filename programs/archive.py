"""Archive a row with its children, and restore it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .constraints import check_constraints_now
from .models import ArchivableModel


class ParentArchived(ValidationError):
    """A row can't be restored while its parent is archived. `parent` is that row."""

    def __init__(self, parent: ArchivableModel) -> None:
        super().__init__(_("%(parent)s is archived. Restore it first.") % {"parent": parent})
        self.parent = parent

    def __str__(self) -> str:
        return str(self.message)


@transaction.atomic
def archive(obj: ArchivableModel) -> None:
    """Archive `obj` and all its children that are present. Archiving twice changes nothing."""
    locked = type(obj).with_archived.select_for_update().get(pk=obj.pk)
    if not locked.is_archived:
        now = timezone.now()
        _set_deleted(locked, old=None, new=now)
        type(obj).with_archived.filter(pk=obj.pk).update(deleted_at=now)
    obj.refresh_from_db()


@transaction.atomic
def restore(obj: ArchivableModel) -> None:
    """Restore `obj` with the children that were archived together with it.

    Children archived before stay archived. Raises ParentArchived. Restoring twice changes nothing.
    """
    locked = type(obj).with_archived.select_for_update().get(pk=obj.pk)
    if locked.is_archived:
        parent = getattr(locked, getattr(locked, "parent_field", ""), None)
        if parent is not None:
            parent = type(parent).with_archived.select_for_update().get(pk=parent.pk)
            if parent.is_archived:
                raise ParentArchived(parent)
        together, locked.deleted_at = locked.deleted_at, None
        locked.place_restored()
        locked.save()
        _set_deleted(locked, old=together, new=None)
        check_constraints_now()
    obj.refresh_from_db()


def _set_deleted(obj: ArchivableModel, *, old: datetime | None, new: datetime | None) -> None:
    """Set `deleted_at` from `old` to `new` on everything below `obj`, one statement for each level."""
    _set_below(type(obj), [obj.pk], old=old, new=new)


def _set_below(model: Any, parents: Any, *, old: datetime | None, new: datetime | None) -> None:
    for name in model.archive_children:
        relation = model._meta.get_field(name)
        children = relation.related_model.with_archived.filter(**{f"{relation.field.name}__in": parents})
        _set_below(relation.related_model, children.values("pk"), old=old, new=new)
        children.filter(deleted_at=old).update(deleted_at=new)
