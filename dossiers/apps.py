from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = _("Hồ sơ")

    def ready(self) -> None:
        from dossiers import notices, onboarding, workflow_folder
        from dossiers.complaints import texts
        from dossiers.feedback import onboarding as feedback
        from dossiers.forms import onboarding as forms
        from dossiers.legacy import feed

        notices.register_texts()
        texts.register()
        feedback.register()
        forms.register()
        feed.register_texts()
        onboarding.register()
        workflow_folder.register()
