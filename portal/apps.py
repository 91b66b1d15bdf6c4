import gc

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Một Cửa"

    def ready(self) -> None:
        from portal import GC_THRESHOLD, context_processors, conversation
        from tenants.organisation.kept_pages import page_frame

        conversation.register()
        page_frame.register(context_processors.frame_of)
        # No collection looks at what is loaded so far; see `portal`.
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
