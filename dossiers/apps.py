from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = _("Hồ sơ")

    def ready(self) -> None:
        from dossiers import chat, notice_texts, onboarding, restored, workflow_folder, working_days
        from dossiers.complaints import texts
        from dossiers.feedback import onboarding as feedback
        from dossiers.forms import onboarding as forms
        from dossiers.legacy import feed
        from dossiers.services import agreeing
        from messaging import announcements, erasure

        notice_texts.register()
        texts.register()
        feedback.register()
        forms.register()
        feed.register_texts()
        onboarding.register()
        chat.register()
        workflow_folder.register()
        restored.register()
        erasure.hinder(agreeing.still_told)
        announcements.count_with(working_days.between)
