"""What the first load of the student list costs on the wire, with an empty cache."""

from __future__ import annotations

import sys
from collections import defaultdict

import pytest

from e2e.conftest import PHONE, Academy

KB = 1024
TRANSFERRED = 120 * KB
SCRIPT = 40 * KB


@pytest.fixture(params=["desktop", "phone"])
def loaded(academy: Academy, request: pytest.FixtureRequest) -> dict[str, list[tuple[str, int]]]:
    """What came over the wire, as (address, bytes with headers), by kind: Document, Stylesheet, Script, Font …"""
    options = PHONE if request.param == "phone" else {}
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    with academy.context("swim-admin", **options) as context:
        page = context.new_page()
        protocol = context.new_cdp_session(page)
        protocol.send("Network.enable")
        protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
        kinds: dict[str, tuple[str, str]] = {}
        protocol.on(
            "Network.responseReceived",
            lambda e: kinds.update({e["requestId"]: (e["type"], e["response"]["url"])}),
        )

        def finished(event: dict) -> None:
            kind, url = kinds.get(event["requestId"], ("Other", ""))
            if url.startswith("http"):
                found[kind].append((url, int(event["encodedDataLength"])))

        protocol.on("Network.loadingFinished", finished)
        page.goto("/students/", wait_until="networkidle")
        page.wait_for_timeout(200)
    return found


def _bytes(parts: list[tuple[str, int]]) -> int:
    return sum(size for _, size in parts)


def test_first_load_of_the_student_list(loaded: dict[str, list[tuple[str, int]]]) -> None:
    everything = [part for parts in loaded.values() for part in parts]
    told = "\n".join(f"{size:7,} {url}" for url, size in sorted(everything, key=lambda part: -part[1]))
    sys.stdout.write(f"{_bytes(everything):,} bytes, scripts {_bytes(loaded['Script']):,}\n{told}\n")
    assert loaded["Font"], "the font is part of the budget"
    assert _bytes(everything) <= TRANSFERRED, told
    assert len(loaded["Stylesheet"]) == 1, told
    assert _bytes(loaded["Script"]) <= SCRIPT, told
    hosts = {url.split("/")[2] for url, _ in everything}
    assert len(hosts) == 1, f"other hosts were asked: {hosts}"
