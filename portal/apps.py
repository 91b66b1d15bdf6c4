import gc

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Một Cửa"

    def ready(self) -> None:
        from portal import GC_THRESHOLD
        from portal.start import dossiers, messaging, tenants

        tenants.start()
        messaging.start()
        dossiers.start()
        # No collection looks at what is loaded so far; see `portal`.
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
