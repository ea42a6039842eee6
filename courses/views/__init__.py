"""The pages of courses, and the views that change the tree of one course."""

from .copies import CopyCurriculum, DuplicateCurriculum
from .editors import AddEditor, CourseEditors, RemoveEditor
from .nodes import AddNode, ArchiveNode, MoveNode, RenameNode, ReorderNodes, RestoreNode
from .pages import CourseViews
from .panel import EditNode
from .tree import TreeView
