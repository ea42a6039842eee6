import factory

from .models import Facility, FacilityType


class FacilityFactory(factory.django.DjangoModelFactory):
    """Use inside `use_program(…)`: the row belongs to the active program."""

    class Meta:
        model = Facility

    name = factory.Sequence(lambda n: f"Facility {n:03}")
    facility_type = FacilityType.POOL
    capacity = 20
    equipment = factory.LazyFunction(lambda: [{"name": "Kickboard", "quantity": 12}])
    amenities = factory.LazyFunction(lambda: ["Showers"])
