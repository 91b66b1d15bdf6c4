import gc

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Một Cửa"

    def ready(self) -> None:
        from portal import GC_THRESHOLD, context_processors
        from portal.start import dossiers, messaging, procedures, tenants
        from tenants.organisation.kept_pages import page_frame

        tenants.start()
        page_frame.register(context_processors.frame_of)
        procedures.start()
        messaging.start()
        dossiers.start()
        # No collection looks at what is loaded so far; see `portal`.
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
