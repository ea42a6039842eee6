import factory

from accounts.factories import UserFactory

from .models import Program, UserProgramAssignment


class ProgramFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Program

    name = factory.Sequence(lambda n: f"Program {n:03}")
    initials = factory.Sequence(lambda n: f"P{n % 10}")


class AssignmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = UserProgramAssignment

    user = factory.SubFactory(UserFactory)
    program = factory.SubFactory(ProgramFactory)
