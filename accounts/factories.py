import factory

from .models import Role, User

PASSWORD = "academy-demo"  # noqa: S105  of the tests alone


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    full_name = factory.Sequence(lambda n: f"Member {n}")
    role = Role.TUTOR
    password = factory.django.Password(PASSWORD)
