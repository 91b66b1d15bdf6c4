import gc

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Một Cửa"

    def ready(self) -> None:
        from django.http import request
        from rest_framework import parsers

        from dossiers.filing import forms, messages
        from dossiers.legacy_import import incremental
        from dossiers.lifecycle import notices
        from dossiers.lifecycle.actions import consents
        from messaging.outbox import wording
        from portal import GC_THRESHOLD
        from portal.uploads import BoundedParser

        # The texts that a province may reword, in the order in which it sees them.
        wording.register_file()
        notices.register()
        incremental.register_texts()
        consents.register()
        forms.register()
        messages.register()
        # Django's own reader of forms, and that of the API, are named there; no setting names them.
        request.MultiPartParser = parsers.DjangoMultiPartParser = BoundedParser  # type: ignore[assignment,attr-defined]
        # No collection looks at what is loaded so far; see `portal`.
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
