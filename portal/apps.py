import gc

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Một Cửa"

    def ready(self) -> None:
        from portal import GC_THRESHOLD, conversation

        conversation.register()
        # No collection looks at what is loaded so far; see `portal`.
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
