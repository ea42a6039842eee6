"""Views that answer the pages of the kit."""

from .entity import ModelViews, Page, View, registered

__all__ = ["ModelViews", "Page", "View", "registered"]
