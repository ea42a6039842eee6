from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PlainConfig(AppConfig):
    name = "bench.plain"
    label = "plain"


class PlainAdminConfig(AdminConfig):
    default_site = "bench.plain.sites.PlainSite"
