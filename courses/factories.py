"""Test data for courses. Use the factories inside `use_program(…)`: rows belong to the active program."""

import factory
from django.contrib.auth.models import Permission

from .models import Course, CourseGrant, Curriculum, Lesson, Module


class CourseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Course

    name = factory.Sequence(lambda n: f"Course {n:03}")
    level = factory.Sequence(lambda n: n % 5)


class CurriculumFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Curriculum

    course = factory.SubFactory(CourseFactory)
    name = factory.Sequence(lambda n: f"Curriculum {n:03}")


class ModuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Module

    curriculum = factory.SubFactory(CurriculumFactory)
    name = factory.Sequence(lambda n: f"Module {n:03}")


class LessonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Lesson

    module = factory.SubFactory(ModuleFactory)
    name = factory.Sequence(lambda n: f"Lesson {n:03}")
    content = "Aim, warm-up, main part, cool-down."
    duration_minutes = 30


class CourseGrantFactory(factory.django.DjangoModelFactory):
    """`user` must be an active member of the program."""

    class Meta:
        model = CourseGrant

    content_object = factory.SubFactory(CourseFactory)
    permission = factory.LazyFunction(
        lambda: Permission.objects.get(content_type__app_label="courses", codename="change_course")
    )
