"""The pages of courses and of the tree of one course."""

from .tree import (
    AddNode,
    ArchiveNode,
    CopyCurriculum,
    CourseViews,
    DuplicateCurriculum,
    EditNode,
    Editors,
    EndEditing,
    LetEdit,
    MoveNode,
    RenameNode,
    ReorderNodes,
    RestoreNode,
    TreeView,
)

__all__ = [
    "AddNode",
    "ArchiveNode",
    "CopyCurriculum",
    "CourseViews",
    "DuplicateCurriculum",
    "EditNode",
    "Editors",
    "EndEditing",
    "LetEdit",
    "MoveNode",
    "RenameNode",
    "ReorderNodes",
    "RestoreNode",
    "TreeView",
]
