import factory

from .models import Draft, SavedView


class SavedViewFactory(factory.django.DjangoModelFactory):
    """Use inside `use_program(…)`, with a user."""

    class Meta:
        model = SavedView

    page = "students:student-list"
    name = factory.Sequence(lambda n: f"View {n:03}")
    query = "status=active"


class DraftFactory(factory.django.DjangoModelFactory):
    """Use inside `use_program(…)`, with a user."""

    class Meta:
        model = Draft

    form = "students.student:new"
    data = factory.LazyFunction(lambda: {"first_name": ["Ada"]})
