"""The catalogue room: sectors, procedures, their versions, and the search for them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProceduresConfig(AppConfig):
    name = "procedures"
    verbose_name = _("Danh mục thủ tục")

    def ready(self) -> None:
        from procedures.catalogue import table_exchange
        from procedures.province_folder import blank_forms, catalogue, filing_rules, life_events, readiness

        catalogue.register()
        life_events.register()
        blank_forms.register()
        filing_rules.register()
        table_exchange.register()
        readiness.register()
