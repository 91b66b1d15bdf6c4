from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = _("Hồ sơ")

    def ready(self) -> None:
        from dossiers import (
            chat,
            days_off,
            leaving,
            notice_texts,
            onboarding,
            operating,
            readiness,
            restored,
            running,
            smoke,
            workflow_folder,
            working_days,
        )
        from dossiers.broadcasting.audience import OpenDossiers
        from dossiers.complaints import texts
        from dossiers.feedback import onboarding as feedback
        from dossiers.forms import onboarding as forms
        from dossiers.legacy import feed
        from dossiers.services import agreeing
        from messaging import announcements
        from messaging.broadcasts.recipients import audiences
        from messaging.privacy import erasure
        from procedures.province_folder import release_comparison

        notice_texts.register()
        texts.register()
        feedback.register()
        forms.register()
        feed.register_texts()
        onboarding.register()
        days_off.register()
        chat.register()
        workflow_folder.register()
        smoke.register()
        operating.register()
        readiness.register()
        leaving.register()
        restored.register()
        erasure.hinder(agreeing.still_told)
        announcements.count_with(working_days.between)
        release_comparison.count_dossiers_with(running.by_procedure)
        audiences.register(OpenDossiers())
