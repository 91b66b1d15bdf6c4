from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = _("Hồ sơ")

    def ready(self) -> None:
        from dossiers import chat
        from dossiers.citizen import filing_start
        from dossiers.filing import forms as filing_forms
        from dossiers.filing import messages, personal_data
        from dossiers.integrations import operators, province_copies, smoke_check
        from dossiers.legacy_import import incremental
        from dossiers.lifecycle import due_dates
        from dossiers.notices import texts as notice_texts
        from dossiers.printed_forms import blank_sheet
        from dossiers.province_folder import calendar, days_off_table, feedback, printed_forms, workflows
        from dossiers.province_folder import filing_forms as filing_forms_folder
        from dossiers.public_news.open_dossier_audience import OpenDossiers
        from dossiers.services import consents
        from dossiers.transparency import waiting_times
        from messaging import privacy
        from messaging.publications import audiences, notice_period
        from procedures import pages as procedure_pages
        from procedures.province_folder import catalogue_state

        notice_texts.register()
        feedback.register()
        printed_forms.register()
        incremental.register_texts()
        calendar.register()
        days_off_table.register()
        chat.register()
        consents.register()
        filing_forms.register()
        blank_sheet.register()
        messages.register()
        workflows.register()
        filing_forms_folder.register()
        smoke_check.register()
        operators.register()
        province_copies.register()
        privacy.hindrances.register(consents.find_erasure_hindrance)
        privacy.erasers.register(personal_data.erase)
        privacy.uses.register(personal_data.has_open_draft)
        privacy.exporters.register(personal_data.export)
        notice_period.day_counters.register(due_dates.working_days_between)
        catalogue_state.dossier_counters.register(operators.open_dossiers_by_procedure)
        audiences.register(OpenDossiers())
        procedure_pages.practice.register(waiting_times.sentences)
        procedure_pages.online_filing.register(filing_start.address_of)
