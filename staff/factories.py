import datetime
import hashlib
from typing import Any

import factory
from django.utils import timezone

from .models import Invitation, InvitationProgram


class InvitationFactory(factory.django.DjangoModelFactory):
    """`InvitationFactory(programs=[…], invited_by=…, token="…")`; the link carries the token."""

    class Meta:
        model = Invitation
        skip_postgeneration_save = True

    class Params:
        token = factory.Sequence(lambda n: f"token-{n}")

    email = factory.Sequence(lambda n: f"invited{n}@example.org")
    role = "tutor"
    token_hash = factory.LazyAttribute(lambda row: hashlib.sha256(row.token.encode()).hexdigest())
    expires_at = factory.LazyFunction(lambda: timezone.now() + datetime.timedelta(days=7))
    sent_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def programs(self: Any, create: bool, extracted: Any, **_: Any) -> None:
        for program in extracted or ():
            InvitationProgram.objects.create(invitation=self, program=program)
