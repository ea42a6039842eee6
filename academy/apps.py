from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class AcademyConfig(AppConfig):
    name = "academy"


class CrudConfig(AppConfig):
    name = "academy.crud"
    label = "crud"


class AcademyAdminConfig(AdminConfig):
    default_site = "academy.admin_site.AcademyAdminSite"
