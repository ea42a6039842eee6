"""The layout of a page is cached for exactly the person, the program and the look that it shows."""

from __future__ import annotations

from typing import Any

from django.template.base import Variable
from django.template.loader import get_template
from django.template.loader_tags import IncludeNode

from accounts.models import Role, User
from crud.testing import dom
from performance.cached_fragments import CachedFragment
from programs.models import Program
from programs.testing import ClientFor, PageClient

# What the layout may show: all of it is in `academy.navigation.layout_cache_key`, or put in each time.
KNOWN = {
    *("user", "program", "role_label", "memberships", "all_programs", "nav", "theme"),
    "in_program",  # by "page_program" and the memberships
    *("request.COOKIES.density", "request.COOKIES.shortcuts", "here", "csrf_token"),
}
LOCAL = {"True", "None", "item", "m", "more", "id", "LANGUAGE_CODE"}


def cached_fragments() -> list[CachedFragment]:
    template: Any = get_template("base.html").template
    return template.nodelist.get_nodes_by_type(CachedFragment)


def variables(node: Any, seen: set[int]) -> set[str]:
    """The names of every variable below a node, also in what it includes."""
    if id(node) in seen:
        return set()
    seen.add(id(node))
    found: set[str] = set()
    if isinstance(node, Variable):
        return {str(node.var)} if node.lookups else set()
    if isinstance(node, IncludeNode):
        name = node.template.var
        found |= variables(get_template(str(name)).template.nodelist, seen)  # type: ignore[attr-defined]
    if isinstance(node, dict):
        below = list(node.values())
    elif isinstance(node, list | tuple):
        below = list(node)
    elif type(node).__module__.startswith(("django.template", "academy.", "programs.")):
        names = {*getattr(node, "__dict__", ()), *getattr(type(node), "__slots__", ())}
        below = [getattr(node, name) for name in names - {"origin", "token", "parser"}]
    else:
        return found
    return found.union(*(variables(one, seen) for one in below))


def test_the_layout_depends_on_nothing_else() -> None:
    used = set().union(*(variables(node.nodelist, set()) for node in cached_fragments()))
    assert len(cached_fragments()) == 3
    roots = {name for name in used if name.split(".")[0] not in LOCAL}
    unknown = {
        name for name in roots if not any(name == known or name.startswith(f"{known}.") for known in KNOWN)
    }
    assert unknown == set(), "Put it into layout_cache_key, or outside of {% cached_fragment %}."
    assert {"user", "program", "memberships", "here"} <= {name.split(".")[0] for name in roots}


def side(client: PageClient, path: str = "/courses/") -> str:
    (found,) = dom(client.get(path)).select("aside.side")
    return str(found)


def test_everybody_sees_the_own_layout(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    ann = client_for(Role.PROGRAM_ADMIN, program, full_name="Ann Archer")
    ben = client_for(Role.TUTOR, other_program, full_name="Ben Baker")
    for _again in range(2):
        for client, name, own, foreign in (
            (ann, "Ann Archer", program, other_program),
            (ben, "Ben Baker", other_program, program),
        ):
            page = client.get("/courses/").text
            assert name in page and own.name in page
            assert foreign.name not in page and str(foreign.pk) not in page
    assert "Staff" in side(ann) and "Staff" not in side(ben)
    assert 'aria-current="page"' in side(ann) and side(ann) != side(ann, "/facilities/")


def test_what_changes_is_seen_at_once(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.TUTOR, program, full_name="Ann Archer")
    assert program.name in side(client)
    Program.objects.filter(pk=program.pk).update(name="Diving", initials="DV", color="rose")
    drawn = side(client)
    assert "Diving" in drawn and "DV" in drawn and "rose" in drawn and program.name not in drawn
    User.objects.filter(pk=client.user.pk).update(full_name="Ann Baker", preferences={"language": "de"})
    drawn = side(client)
    assert "Ann Baker" in drawn and "Kurse" in drawn
    client.cookies["theme"] = "dark"
    assert 'content="dark"' in client.get("/courses/").text


def test_each_page_has_its_own_token_and_address(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.TUTOR, program)
    tokens = set()
    for path in ("/courses/", "/courses/?sort=level&q=%3Cb%3E", "/facilities/"):
        page = dom(client.get(path))
        inputs = [str(field["value"]) for field in page.select('[name="csrfmiddlewaretoken"]')]
        assert len(set(inputs)) == 1 and len(inputs) > 3
        tokens |= set(inputs)
        goes_on = {field["value"] for field in page.select('[name="next"]')}
        assert goes_on == {path}
    assert len(tokens) == 3
    client.handler.enforce_csrf_checks = True
    for token in tokens:
        data = {"program": str(program.pk), "csrfmiddlewaretoken": token}
        assert client.post("/programs/switch/", data).status_code == 302
