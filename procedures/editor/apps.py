from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorConfig(AppConfig):
    name = "procedures.editor"
    verbose_name = _("Soạn nội dung thủ tục")
