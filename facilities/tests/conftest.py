import pytest

from facilities.factories import FacilityFactory
from programs.scope import use_program


@pytest.fixture
def facility(program):
    with use_program(program):
        return FacilityFactory(name="Main pool")
