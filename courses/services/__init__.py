"""Changes to courses that touch several rows: to the tree, and copies."""

from .copies import (
    NAME_LENGTH,
    copy_course,
    copy_curriculum,
    copy_curriculum_to_program,
    name_of_copy,
    programs_to_copy_to,
)
from .tree import (
    Renamed,
    StaleTree,
    add_node,
    archive_node,
    locked_tree,
    move_node,
    move_to_adjacent_parent,
    rename_node,
    reorder_children,
    restore_node,
    step_node,
)
