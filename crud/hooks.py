"""What the page kit needs of the apps above it, which it does not import.

An app gives its part in `AppConfig.ready`::

    from crud.hooks import hooks

    hooks.archive, hooks.restore = archive, restore

The functions are required by the pages that call them: a page that finds one missing raises ImproperlyConfigured.
The others are optional: without `saved_views`, `drafts` and `elsewhere` the pages leave out what those would show.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.http import HttpRequest, QueryDict

if TYPE_CHECKING:
    from .lists.spec import ListSpec


class UndoRequest(Protocol):
    """Undoes what one request wrote into `fields` of the rows of a model; returns the number of rows."""

    def __call__(self, model: type[Any], request_id: str, fields: list[str], *, user: Any = None) -> int: ...


class UndoEvent(Protocol):
    """Undoes one event of the history of a row, but for `private` fields; returns whether anything changed."""

    def __call__(self, row: models.Model, event: int, *, private: Collection[str] = ()) -> bool: ...


class SetPreferences(Protocol):
    """Stores preferences of a user; None removes one."""

    def __call__(self, user: Any, **values: Any) -> None: ...


class Elsewhere(Protocol):
    """Searches outside the active program."""

    template: str
    """Renders one match, a list item. Context: `place`, `number` (the match), `next_url` (where to open it)."""

    def matches(self, spec: ListSpec, request: HttpRequest, query: QueryDict) -> Sequence[tuple[Any, int]]:
        """(place, number of rows) of each other place where rows match the query of a list."""
        ...


class SavedViewsMenu(Protocol):
    """The saved views of one list. Both templates get this object as `saved_views`."""

    @property
    def menu_template(self) -> str:
        """Stands beside the search box."""
        ...

    @property
    def panel_template(self) -> str:
        """Stands at the end of the filter panel."""
        ...

    @property
    def default_query(self) -> str:
        """The query string that the list redirects to; empty for none."""
        ...


class SavedViews(Protocol):
    def menu(
        self, request: HttpRequest, list_name: str, is_valid: Callable[[str], bool]
    ) -> SavedViewsMenu | None:
        """The saved views of the list with the url name `list_name`; None where there are none to offer.

        `is_valid` says whether the list answers a query string for this user.
        """
        ...


class Draft(Protocol):
    """What a user typed into a form and did not save."""

    def as_posted(self) -> Any:
        """The values as if the form had been posted."""
        ...


class Drafts(Protocol):
    notice_template: str
    """Offers a draft above its form. Context: `draft`, `draft_form`."""
    url_name: str
    """Of the address that the browser posts a draft to."""

    def form_name(self, model: type[models.Model], pk: Any) -> str:
        """The name of a form: of the row with this key, or for None of a new row."""
        ...

    def get(self, request: HttpRequest, model: type[models.Model], pk: Any) -> Draft | None:
        """The user's draft of a form."""
        ...

    def close(self, request: HttpRequest, model: type[models.Model], pk: Any) -> None:
        """Deletes the draft of a form that has been saved by this request."""
        ...


class Hooks:
    """The functions and objects that the apps set, each once, in `AppConfig.ready`."""

    archive: Callable[[Any], None]
    """Archives a row with everything that is archived along with it."""
    restore: Callable[[Any], None]
    """Restores a row. Raises ValidationError where that is not possible."""
    undo_request: UndoRequest
    may_undo_request: Callable[[Any, str], bool]
    """Whether a user may undo a request of the user with this id."""
    undo_event: UndoEvent
    set_preferences: SetPreferences
    preferences_url_name: str = ""
    """Of the address that a form posts the row density to."""
    elsewhere: Elsewhere | None = None
    saved_views: SavedViews | None = None
    drafts: Drafts | None = None

    def __getattr__(self, name: str) -> NoReturn:
        if name in type(self).__annotations__:
            raise ImproperlyConfigured(f"No app has set crud.hooks.hooks.{name}.")
        raise AttributeError(name)


hooks = Hooks()
