"""Files of dossiers: a refused one is a refused act."""

from django.core.files.uploadedfile import UploadedFile

from dossiers.lifecycle.errors import Refused
from tenants.uploads import inspection
from tenants.uploads.inspection import Inspected


class FileRefused(Refused):
    """The file cannot be taken; nothing was stored. The sentence names the file and says what to do."""


def inspect(upload: UploadedFile) -> Inspected:
    """The file, found fit to be stored with a dossier: PDF, JPEG or PNG. Raises FileRefused."""
    try:
        return inspection.inspect(upload, inspection.SCANS)
    except inspection.UploadRefused as refusal:
        raise FileRefused(str(refusal)) from refusal
