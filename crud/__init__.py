"""The page kit: list, detail, create, update, archive and restore from one declaration.

The kit knows no domain and no program. What it needs of a model it asks by name (``status``, ``deleted_at``,
``with_archived``, ``search()``, the history model); what it cannot know it is told by the declaration.

A whole entity, with its urls::

    # terms/views.py
    class TermViews(crud.ModelViews):
        model = Term
        columns = ("name", "starts_on", "ends_on")  # the first is the link to the object

    # terms/urls.py
    app_name = "terms"
    urlpatterns = TermViews.urls()  # term-list, -create, -detail, -update, -archive, -restore

That is all: form, filters, search, sort, pages, history and templates follow from the model. Each part can be
replaced by a fuller one::

    class StudentViews(crud.ModelViews):
        model = Student
        icon = "users"  # of the empty list
        form_class = StudentForm  # default: crud.modelform(model, fields)
        filterset_class = StudentFilter  # default: a filter for each field of choices or yes and no
        status_field = "status"  # default: "status" or "is_active", where the model has it
        status_tones = {"withdrawn": "muted"}  # the tone of the badge, where the usual one is wrong
        columns = (
            crud.Column("name", "Student", sort=("sort_name",), value="full_name", lead=picture, sub=alert),
            crud.Column("status"),  # label, value and sort from the field of the model
            crud.Column("age", sort=("-date_of_birth",), numeric=True, priority=2),
            crud.Column("phone", sort=None, priority=3),
        )
        default_sort = "name"  # the key of a column; "-name" turns it round; default: the first column
        search_fields = ("name",)  # used when the queryset has no ``search(q)`` of its own
        search_label = "Name or number"  # in the search box
        list_defer = ("address", "medical_info")  # columns that the list never reads
        private_fields = ("address", "medical_info")  # neither read, shown nor edited without ...
        private_permission = "view_private"  # ... the right <app>.view_private_<model>
        detail_fields = ("status", "phone")  # what the default detail page lists

        def get_queryset(self, **kwargs):  # for joins: the rows of every page
            return super().get_queryset(**kwargs).select_related("course")

        def list_rows(self, **kwargs):  # for annotations: the rows of one page of the list
            return super().list_rows(**kwargs).annotate(lessons=...)

        def detail_context(self):  # also list_context() and form_context(form)
            return {"contacts": self.object.emergency_contact.get("contacts", [])}

        status_details = ("reason",)  # columns that belong to the status: undoing a bulk change gives them back

        def asks_reason(self, status):  # whether a bulk change to this status asks why ...
            return status == "withdrawn"

        def status_values(self, status, reason):  # ... and what it writes
            return {"status": status, "reason": reason}

Columns: ``value`` is an attribute path ("course.name") or a callable ``(object) -> str | SafeString``; a
``template`` is rendered with ``object`` instead. ``priority`` 2 or 3 leaves the column out where the list is
narrow; ``shown=False`` until a user chooses it. The first column is the link to the object, with ``lead`` before and ``sub`` below it. On the phone a row
shows that, below it the columns with ``phone="sub"``, and at its end the status and those with ``phone="end"``.

Permissions: every page asks ``user.has_perm("<app>.<verb>_<model>")`` once, in ``dispatch``: view (list, detail),
add (create), change (update), archive (archive, restore). Nothing turns it off. What the model names in ``granted``
is asked of the row as well, ``user.has_perm(…, row)``, where the role does not give it. Templates get ``can.add``,
``can.change``, ``can.archive``, ``can.private`` and leave out what may not be done.

More pages of the same entity::

    class CourseViews(crud.ModelViews):
        model = Course
        pages = (*crud.ModelViews.pages, crud.Page("outline", "<uuid:pk>/outline/", verb="view"))

        def outline_page(self, request):  # named <page>_page; with pk in the path, self.object is loaded
            return self.render("outline", {"modules": ...})

Tabs of the detail page. The first is what the page opens with; each template gets the context of the page::

    class CourseViews(crud.ModelViews):
        model = Course
        tabs = (
            crud.DetailTab("details", _("Details"), "crud/_details.html"),
            crud.DetailTab("lessons", _("Lessons"), "courses/_lessons.html", count="lessons"),  # of detail_context()
            crud.DetailTab("history", _("History"), "crud/_history.html"),
        )

Views that are no page of an entity derive from ``crud.View`` and say which right they ask::

    class ReorderLessons(crud.View):
        permission = "courses.change_course"  # a string, or {"GET": ..., "POST": ...}

        def post(self, request, pk): ...

Templates: ``<app>/<model>_<page>.html`` where it exists, else ``crud/<page>.html``. Extend ``crud/detail.html``
and fill its blocks ``picture``, ``flags`` and ``facts`` (around the name), ``alerts``, ``content``, ``aside`` and
``menu``. ``crud.render(request, template, context, partial=...)`` alone chooses between a page and its HTMX part.

Filters derive from ``crud.FilterSet``, which holds ``q`` already; ``crud.YesNoFilter`` and
``crud.IntegerFilter`` stand beside those of django-filter. A name or a choice in the address that does not exist
is a 404. A value that makes no sense (a date, a NUL) is an error in the list, which is then empty, status 422.

Forms derive from ``crud.ModelForm``::

    class StudentForm(crud.ModelForm):
        street = forms.CharField(required=False)
        contacts = crud.JSONRowsField(ContactRow, max_num=6, add_label="Add a contact", row_label="Contact")

        class Meta:
            model = Student
            fields = ("first_name", "last_name", "status")
            json_paths = {"street": "address.street", "contacts": "emergency_contact.contacts"}  # of JSON columns
            spans = {"first_name": 3}  # of six columns; text areas and rows take six
            sections = (
                crud.Section("identity", "Identity", "user", "As in the passport.", ("first_name", "last_name")),
                crud.Section("contacts", "Emergency contacts", "phone", "", ("street", "contacts")),
            )

A foreign key to an entity with a list is a select of at most 50 rows; of more, the form searches as one types.

A form used outside ``ModelViews`` takes ``request=`` beside Django's arguments. Put ``{{ form.hidden_inputs }}`` inside
its ``<form>``. ``form.save_once()`` returns ``crud.Saved``, ``crud.AlreadySaved`` where the same form was posted before,
or ``crud.Refused``; ``form.stale`` says whether the row was saved since the form was opened, ``form.conflict()`` how.

Lists let those who may change or archive select rows, or all that match, and set their status or archive them
(``crud.bulk``): a preview first, then one statement and a way back. What a user may choose in a list, its
columns, is stored with the user's preferences.

Archiving, restoring, undoing and storing preferences, saved views, drafts and the search in other programs are done
by the apps above the kit, which register what does it in ``crud.hooks``.
A toast whose message has ``extra_tags`` offers that address as the way back, by POST.
"""

from web.http import is_partial, render

from .columns import Column
from .filters import FilterSet, IntegerFilter, YesNoFilter
from .forms import (
    AlreadySaved,
    JSONRowForm,
    JSONRowsField,
    ModelForm,
    Refused,
    Saved,
    Section,
    TagsField,
    modelform,
)
from .history import HistoryEntry
from .views import DetailTab, ModelViews, Page, View, registered, view_of_list
