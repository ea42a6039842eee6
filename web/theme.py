"""Light, dark or as the system: a cookie, so the server renders the right one at once."""

from django.http import HttpRequest

THEMES = ("light", "dark", "system")


def theme_of(request: HttpRequest) -> str:
    """The theme of the cookie; "system" where there is none or it says something else."""
    theme = request.COOKIES.get("theme", "system")
    return theme if theme in THEMES else "system"
