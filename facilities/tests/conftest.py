import pytest

from facilities.factories import FacilityFactory
from programs.scope import use_program


@pytest.fixture
def facility(program):
    with use_program(program):
        return FacilityFactory(name="Main pool")


@pytest.fixture
def admin(client_for, program):
    return client_for("program_admin", program)


@pytest.fixture
def tutor(client_for, program):
    return client_for("tutor", program)
