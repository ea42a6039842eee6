import datetime
import uuid

import factory

from .models import EmergencyLook, LookKind, Student


class StudentFactory(factory.django.DjangoModelFactory):
    """Use inside `use_program(…)`: the row belongs to the active program."""

    class Meta:
        model = Student

    first_name = factory.Sequence(lambda n: f"First{n:03}")
    last_name = factory.Sequence(lambda n: f"Last{n:03}")
    email = factory.Sequence(lambda n: f"student{n}@example.org")
    phone = "+44 7700 900123"
    date_of_birth = datetime.date(2015, 5, 17)
    enrollment_date = datetime.date(2025, 9, 1)
    address = factory.LazyFunction(lambda: {"street": "12 Secret Lane", "city": "Hiddenham"})
    emergency_contact = factory.LazyFunction(
        lambda: {"contacts": [{"name": "Ada Contact", "relation": "Mother", "phone": "+44 7700 900456"}]}
    )
    medical_info = factory.LazyFunction(
        lambda: {
            "conditions": [
                {"name": "Asthma", "severity": "severe", "action": "Inhaler", "medication": "Salbutamol"}
            ],
            "note": "Private note",
        }
    )


class EmergencyLookFactory(factory.django.DjangoModelFactory):
    """Use inside `use_program(…)`. The keys are of nobody unless given."""

    class Meta:
        model = EmergencyLook

    student_key = factory.LazyFunction(uuid.uuid4)
    student_name = "Aisha Hassan"
    user_key = factory.LazyFunction(uuid.uuid4)
    user_name = "Helen Marsh"
    kind = LookKind.OPENED
