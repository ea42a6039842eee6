"""The pages of the product, and some that misbehave on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError, StreamingHttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import path

from academy.urls import urlpatterns as pages
from courses.models import Lesson
from facilities.models import Facility
from programs.scope import program_exempt

ERRORS: dict[str, Exception] = {
    "crash": ZeroDivisionError("boom"),
    "404": Http404("gone"),
    "403": PermissionDenied("no"),
    "400": BadRequest("what?"),
    "503": OperationalError("the connection is gone"),
}


def add() -> Facility:
    return Facility.objects.create(name="Written", facility_type="gym")


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    """Write a row, then raise."""
    add()
    raise ERRORS[kind]


def fail_quietly(request: HttpRequest) -> HttpResponse:
    """Write a row, then answer 500 without raising."""
    add()
    return HttpResponseServerError("sorry")


def answer(request: HttpRequest, status: int) -> HttpResponse:
    """Write a row and answer with any other status."""
    add()
    return HttpResponse("done", status=status)


class Late(SimpleTemplateResponse):
    """A response whose content is read from the database while it renders, after the view."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__(template="")
        self.fails = fails

    @property
    def rendered_content(self) -> str:
        if self.fails:
            raise ZeroDivisionError("boom while rendering")
        return f"{Facility.objects.count()} facilities"


def late(request: HttpRequest, fails: str) -> HttpResponse:
    if request.method == "POST":
        add()
    return Late(fails == "fails")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Read scoped rows while the answer is sent: too late, the transaction is over."""

    def lines() -> Iterator[str]:
        for facility in Facility.objects.all():
            yield facility.name

    return StreamingHttpResponse(lines())


def after_commit(request: HttpRequest) -> HttpResponse:
    """Read scoped rows after the commit: too late."""
    transaction.on_commit(lambda: Facility.objects.count())
    return HttpResponse("done")


def same_place(request: HttpRequest) -> HttpResponse:
    """Break the order of siblings, which the database checks at commit."""
    Lesson.objects.update(sequence_order=1)
    return HttpResponse("done")


def write_on_get(request: HttpRequest) -> HttpResponse:
    add()
    return HttpResponse("written")


def settings_of_the_transaction(request: Any) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, current_setting('app.program_id'), current_setting('app.user_id'),"
            " current_setting('transaction_read_only')"
        )
        values = cursor.fetchone()
    return HttpResponse("|".join(values))


@program_exempt
def outside(request: HttpRequest) -> HttpResponse:
    """Stands outside programs, and touches scoped rows all the same."""
    return HttpResponse(str(Facility.objects.count()))


urlpatterns = [
    *pages,
    path("t/fail/<str:kind>/", fail),
    path("t/fail-quietly/", fail_quietly),
    path("t/answer/<int:status>/", answer),
    path("t/late/<str:fails>/", late),
    path("t/stream/", stream),
    path("t/after-commit/", after_commit),
    path("t/same-place/", same_place),
    path("t/write-on-get/", write_on_get),
    path("t/settings/", settings_of_the_transaction),
    path("t/outside/", outside),
]
