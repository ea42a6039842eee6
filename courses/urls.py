from django.urls import path

from . import views
from .outline import LEVELS

app_name = "courses"
urlpatterns = views.CourseViews.urls()

for level in LEVELS.values():
    here, name = f"<uuid:pk>/{level.kind}/", level.model._meta.model_name
    urlpatterns += [
        path(f"{here}new/", views.AddNode.as_view(level=level), name=f"{name}-create"),
        path(f"{here}reorder/", views.ReorderNodes.as_view(level=level), name=f"{name}-reorder"),
        path(f"{here}<uuid:node>/", views.EditNode.as_view(level=level), name=f"{name}-detail"),
        path(f"{here}<uuid:node>/move/", views.MoveNode.as_view(level=level), name=f"{name}-move"),
        path(f"{here}<uuid:node>/archive/", views.ArchiveNode.as_view(level=level), name=f"{name}-archive"),
        path(f"{here}<uuid:node>/restore/", views.RestoreNode.as_view(level=level), name=f"{name}-restore"),
        path(f"{here}<uuid:node>/rename/", views.RenameNode.as_view(level=level), name=f"{name}-rename"),
    ]

here = "<uuid:pk>/curricula/<uuid:node>/"
urlpatterns += [
    path(f"{here}duplicate/", views.DuplicateCurriculum.as_view(), name="curriculum-duplicate"),
    path(f"{here}copy/", views.CopyCurriculum.as_view(), name="curriculum-copy"),
]

here = "<uuid:pk>/editors/"
urlpatterns += [
    path(here, views.CourseEditors.as_view(), name="course-editors"),
    path(f"{here}<uuid:user>/let/", views.AddEditor.as_view(), name="course-editor-let"),
    path(f"{here}<uuid:user>/end/", views.RemoveEditor.as_view(), name="course-editor-end"),
]
