"""The models of the students, a module for each."""

from .emergency_look import EmergencyLook, LookKind
from .student import (
    DEPARTED_STATUSES,
    EARLIEST_BIRTH,
    EARLIEST_ENROLLMENT,
    KEEP_NUMBER,
    LATEST_ENROLLMENT,
    NUMBER_FROM_DATABASE,
    Student,
    StudentStatus,
)
